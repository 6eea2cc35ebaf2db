"""A check changes nothing: every file with inode and times, dpkg, apt, Docker's objects and processes stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import check_host
from tests.integration.state import everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

DRIFTS = {
    "drifted": "rm /etc/apt/sources.list.d/docker.sources; truncate -s 100 /etc/apt/keyrings/docker.asc; "
    "apt-mark -q unhold docker-ce >/dev/null; sed -i 's/true/false/' /etc/docker/daemon.json; "
    "touch /var/lib/gpufleet/in-progress; rm /var/lib/gpufleet/stamp.json",
    "with dockerd stopped": "systemctl stop docker.service",  # docker.socket stays: one connection would start it again
    "with Docker removed": "DEBIAN_FRONTEND=noninteractive apt-get -qq purge --allow-change-held-packages "
    "docker-ce docker-ce-cli containerd.io >/dev/null",
}
SLOW = ("with Docker removed",)


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host with a GPU, an image and a sandbox, in sync at first; the tests break it more and more."""
    made = lab.host(from_snapshot=gpu_converged_snapshot)
    yield made
    made.destroy()


def test_a_check_leaves_a_converged_host_exactly_as_it_was(lab: Lab, host: LabHost) -> None:
    before = everything(host)
    done = check_host(lab, host)
    assert (done.status, done.words) == (0, done.words), done.words
    assert moved(before, host) == []


@pytest.mark.parametrize(
    "drift", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in DRIFTS]
)
def test_a_check_leaves_a_host_in_trouble_exactly_as_it_was(lab: Lab, host: LabHost, drift: str) -> None:
    host.ssh(DRIFTS[drift])
    before = everything(host)
    done = check_host(lab, host)
    assert done.status in {2, 6}, done.output
    assert done.findings, done.output
    assert moved(before, host) == []


@pytest.mark.parametrize("kind", ["debian13", pytest.param("debian13-plain", marks=pytest.mark.slow)])
def test_on_a_bare_host_everything_is_absent_and_stays_so(lab: Lab, kind: str) -> None:
    bare = lab.host(kind)
    try:
        bare.ssh("sudo -n true", root=False)  # at a user's first time sudo leaves ~/.sudo_as_admin_successful
        before = everything(bare)
        done = check_host(lab, bare)
        assert done.status == 2, done.output
        assert "docker-engine.install-docker-s-packages" in {found for found, _ in done.findings}, done.words
        assert {kind for _, kind in done.findings} <= {"config", "runtime"}, done.words
        assert moved(before, bare) == []
    finally:
        bare.destroy()


def moved(before: list[str], host: LabHost) -> list[str]:
    """What is not as it was, first lines first."""
    after = everything(host)
    assert len(before) > 500
    return sorted(set(before) ^ set(after))[:20]

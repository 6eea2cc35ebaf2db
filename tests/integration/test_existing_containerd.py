"""Hosts whose containerd runs a kubelet's containers: those go on, whatever becomes of Docker there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.existing import APT_INSTALL, DEBIANS_DOCKER, RUN, SMALL, Existing

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

KUBELET = "cp /bin/sleep /usr/local/bin/kubelet && (setsid kubelet 100000 </dev/null >/dev/null 2>&1 &)"
POD = (
    f"mkdir /root/pod && {SMALL} | tar -C /root/pod -x"
    " && ctr -n k8s.io run -d --cpu-shares 0 --rootfs /root/pod theirs /usr/bin/sleep 100000"
)
"""Without a share of the CPU, which cannot be set where cgroups have no controllers."""
PODS = "ctr -n k8s.io tasks list; systemctl show containerd -P MainPID"


@pytest.fixture
def existing(lab: Lab, fresh: LabHost) -> Existing:
    return Existing(lab, fresh)


def unmoved(existing: Existing) -> str:
    """What a kubelet's containers show: the containerd that runs them, and each with its process."""
    return existing.host.ssh(PODS).stdout


def test_the_containerd_of_a_kubelet_stays_and_the_distributions_docker_goes_beside_it(existing: Existing) -> None:
    host = existing.host
    host.ssh(f"{APT_INSTALL} containerd runc && {KUBELET} && {POD}")
    alive = unmoved(existing)
    assert "RUNNING" in alive
    consent = {"docker_engine_replace": True}
    for source in ("auto", "docker"):
        way_out = "Set docker_engine_source: distribution"
        existing.refused("containerd is in use by kubelet", way_out, docker_engine_source=source, **consent)
    existing.converge(docker_engine_source="distribution")
    assert unmoved(existing) == alive
    assert host.ssh("docker run --rm debian:trixie-slim echo both").stdout == "both\n"


@pytest.mark.slow
def test_dockers_own_containerd_of_a_kubelet_gets_docker_beside_it(existing: Existing) -> None:
    host = existing.host
    existing.dockers_repository()
    host.ssh(f"{APT_INSTALL} containerd.io && {KUBELET} && {POD}")
    alive = unmoved(existing)
    existing.refused(
        "Set docker_engine_source: docker", docker_engine_source="distribution", docker_engine_replace=True
    )
    existing.converge()
    assert unmoved(existing) == alive
    assert "ii  docker-ce " in existing.packages


@pytest.mark.slow
def test_a_docker_beside_a_kubelet_is_kept_and_never_replaced(existing: Existing) -> None:
    host = existing.host
    host.ssh(f"{DEBIANS_DOCKER} && {KUBELET} && {POD} && {RUN}")
    alive = unmoved(existing), existing.container
    wanted = {"docker_engine_source": "docker", "docker_engine_replace": True}
    existing.refused("containerd is in use by kubelet, containerd namespace k8s.io (containers: 1)", **wanted)
    existing.converge()
    assert (unmoved(existing), existing.container) == alive

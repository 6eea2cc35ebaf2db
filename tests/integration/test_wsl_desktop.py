"""A WSL distribution that Docker Desktop serves: its dockerd is on another host, of which only the socket is here.

Docker Desktop itself is not there. As with it, the distribution has a link to its `docker` and a socket that leads to a
daemon whose processes and files are somewhere else: those of a second lab host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.checked import Checked, applied, checked
from tests.integration.sandboxes import IMAGE
from tests.integration.wsl import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

ROLES = ("--roles", "platform", "docker_engine", "nvidia_container_toolkit", "sandbox")
CLIENT = """
set -e
apt-get update -qq
mkdir -p /mnt/wsl/docker-desktop/cli-tools
cd /run && apt-get download -qq docker-cli 2>/dev/null && dpkg-deb -x docker-cli_*.deb /mnt/wsl/docker-desktop/cli-tools
ln -s /mnt/wsl/docker-desktop/cli-tools/usr/bin/docker /usr/bin/docker
"""
SSH = "ssh -i /root/desktop -o StrictHostKeyChecking=no -o LogLevel=ERROR root@{0}"
SERVE = f"rm -f /run/docker.sock; {SSH} -f -N -L /run/docker.sock:/run/docker.sock </dev/null >/dev/null 2>&1"
ITEM = "sandbox.have-py-run-as-declared"


@pytest.fixture(scope="module")
def desktop(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """What takes the place of Docker Desktop's own distribution."""
    host = lab.host(from_snapshot=converged_snapshot)
    host.ssh("mkdir -p /home/ops/py")
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def distribution(lab: Lab, desktop: LabHost) -> Iterator[LabHost]:
    """What a person works in."""
    host = lab.host("debian13-plain")
    host.ssh(MARKS)
    host.ssh(CLIENT)
    host.ssh("cat >/root/desktop && chmod 600 /root/desktop", stdin=host.key.read_text())
    host.ssh(SERVE.format(desktop.address))
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def first(lab: Lab, distribution: LabHost) -> Checked:
    """The first apply in it."""
    done = run(lab, distribution)
    assert done.status == 0, done.words
    return done


def run(lab: Lab, host: LabHost, verb: str = "apply", **fields: object) -> Checked:
    declared: dict[str, Any] = {"py": {"image": IMAGE, "shm_size": "64m", **fields}}
    inventory = lab.inventory([host], sandbox_containers=declared)
    return (applied if verb == "apply" else checked)(inventory, *ROLES)


def test_sandboxes_are_served_and_the_engine_is_left_to_docker_desktop(
    lab: Lab, distribution: LabHost, desktop: LabHost, first: Checked
) -> None:
    assert "docker_engine and nvidia_container_toolkit step aside" in " ".join(first.output.split())
    assert desktop.ssh("docker inspect -f '{{.State.Running}}' py").stdout == "true\n"
    assert distribution.ssh("dpkg -l docker-ce docker.io containerd.io", check=False).returncode != 0
    assert distribution.ssh("test -e /etc/docker || test -e /etc/wsl.conf", check=False).returncode != 0
    again = run(lab, distribution)
    assert (again.status, again.findings) == (0, frozenset()), again.words


def test_a_sandbox_in_use_waits_there_too(lab: Lab, distribution: LabHost, desktop: LabHost, first: Checked) -> None:
    assert first
    before = desktop.ssh("docker inspect -f '{{.Id}}' py").stdout
    distribution.ssh("docker exec -d py sleep 1234")
    waiting = run(lab, distribution, shm_size="128m")
    assert waiting.status == 2
    assert waiting.findings == {(ITEM, "pending")}, waiting.words
    assert desktop.ssh("docker inspect -f '{{.Id}}' py").stdout == before
    desktop.ssh("pkill -f '[s]leep 1234'")
    done = run(lab, distribution, shm_size="128m")
    assert done.status == 0, done.words
    assert desktop.ssh("docker inspect -f '{{.HostConfig.ShmSize}}' py").stdout == f"{128 << 20}\n"


@pytest.mark.slow
def test_a_docker_desktop_that_is_not_there_is_one_finding(lab: Lab, distribution: LabHost, desktop: LabHost) -> None:
    distribution.ssh("pkill -f '[d]ocker.sock:'; rm -f /run/docker.sock")
    found = run(lab, distribution, "check", shm_size="128m")
    assert ("platform.see-that-docker-desktop-serves-this-distribution", "runtime") in found.findings, found.words
    assert len(found.findings) == 1, found.words
    assert "In Windows start Docker Desktop" in " ".join(found.output.split())
    distribution.ssh(SERVE.format(desktop.address))
    assert run(lab, distribution, "check", shm_size="128m").status == 0

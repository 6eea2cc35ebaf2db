"""A WSL distribution that Docker Desktop serves: its dockerd is on another host, of which only the socket is here.

Docker Desktop itself is not there. As with it, the distribution has a link to its `docker` and a socket that leads to a
daemon whose processes and files are somewhere else: those of a second lab host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.checked import Checked, applied, checked
from tests.integration.sandboxes import IMAGE
from tests.integration.verify import troubled, verify
from tests.integration.wsl import MARKS, UUID, Wsl, checkout_of_windows, gpufleet_of
from tests.lab import product

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

ROLES = ("--roles", "platform", "docker_engine", "nvidia_container_toolkit", "sandbox")
CLIENT = """
set -e
apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates >/dev/null
tools=/mnt/wsl/docker-desktop/cli-tools
mkdir -p $tools /usr/local/lib/docker
cd /run && apt-get download -qq docker-cli docker-buildx 2>/dev/null
for file in docker-*.deb; do dpkg-deb -x $file $tools; done
ln -s $tools/usr/bin/docker /usr/bin/docker
ln -s $tools/usr/libexec/docker/cli-plugins /usr/local/lib/docker/cli-plugins
"""
SSH = "ssh -i /root/desktop -o StrictHostKeyChecking=no -o LogLevel=ERROR root@{0}"
SERVE = f"rm -f /run/docker.sock; {SSH} -f -N -L /run/docker.sock:/run/docker.sock </dev/null >/dev/null 2>&1"
ITEM = "sandbox.have-py-run-as-declared"
OF_THE_IMITATION = {
    "test_reads_and_writes_a_folder_of_the_host",
    "test_the_workspace_is_the_hosts_and_can_be_written_to",
    "test_kernels_compute_the_right_result",
}
"""Folders that Docker Desktop shares with its containers are on another machine here, and the GPU is simulated."""


@pytest.fixture(scope="module")
def desktop(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """What takes the place of Docker Desktop's own distribution: one with a GPU, and no image for its driver."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    host.ssh("docker rm -f $(docker ps -aq) && docker rmi -f $(docker images -q --filter label=gpufleet.image)")
    host.ssh("install -d -o ops -g ops /home/ops/py")
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


def windows_sees(distribution: LabHost, desktop: LabHost) -> None:
    """Windows gives the distribution the GPU that containers get from Docker Desktop."""
    Wsl(distribution).windows_driver("572.83", "0a1b2c")
    uuid = desktop.ssh("nvidia-smi --query-gpu=uuid --format=csv,noheader").stdout.strip()
    distribution.ssh(f"sed -i s/{UUID}/{uuid}/ /usr/lib/wsl/lib/nvidia-smi /usr/lib/wsl/drivers/*/nvidia-smi")


def image_of(desktop: LabHost) -> str:
    """The one image of ours that is there."""
    shown = "docker images --format '{{.Repository}}:{{.Tag}}' --filter label=gpufleet.image"
    (reference,) = desktop.ssh(shown).stdout.split()
    return reference


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


@pytest.mark.slow
def test_the_image_is_built_and_jobs_get_gpus_through_docker_desktop(
    lab: Lab, distribution: LabHost, desktop: LabHost, tmp_path: Path
) -> None:
    gpu = desktop.ssh("nvidia-smi -L").stdout
    windows_sees(distribution, desktop)
    inventory = lab.inventory([distribution], platform_gpu="required", sandbox_containers={"py": {"shm_size": "64m"}})
    done = applied(inventory)
    assert done.status == 0, done.words
    assert desktop.ssh("docker inspect -f '{{.Config.Image}}' py").stdout == f"{image_of(desktop)}\n"
    assert desktop.ssh("docker exec py nvidia-smi -L").stdout == gpu
    again = applied(inventory)
    assert (again.status, again.hosts[distribution.name]["mended"]) == (0, []), again.words
    for arguments in (("build", distribution.name), ("run", distribution.name, "--", "nvidia-smi", "-L")):
        told = product.run("gpufleet", *arguments[:1], "--inventory", str(inventory), *arguments[1:])
        assert told.status == 0, told.output
    assert gpu in told.output
    verified = verify(inventory)
    assert troubled(verified) == OF_THE_IMITATION, verified.output
    gpufleet_of(checkout_of_windows(tmp_path), "check", "--inventory", str(inventory))  # to it that image is the same

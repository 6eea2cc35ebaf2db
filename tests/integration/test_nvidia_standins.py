"""The stand-ins of NVIDIA's programs and the simulated driver, on a real lab host with Docker 26."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

IMAGE = "debian:trixie-slim"
REPOSITORY = "https://nvidia.github.io/libnvidia-container"
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
NAMES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)
# By hand and without the product: this is about the stand-ins.
PREPARE = f"""
set -e
apt-get update -qq
{INSTALL} ca-certificates curl docker.io docker-cli iptables > /dev/null 2>&1
curl -fsS {REPOSITORY}/gpgkey -o /usr/share/keyrings/nvidia.asc
echo 'deb [signed-by=/usr/share/keyrings/nvidia.asc] {REPOSITORY}/stable/deb/amd64 /' \
    > /etc/apt/sources.list.d/nvidia.list
apt-get -o APT::Update::Error-Mode=any update
"""
CONFIGURE = """
set -e
nvidia-ctk runtime configure --runtime=docker --cdi.enabled
nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml
systemctl restart docker
docker pull -q debian:trixie-slim
"""


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """A host with Docker whose apt knows NVIDIA's repository."""
    host = lab.host()
    host.ssh(PREPARE)
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def toolkit(host: LabHost) -> LabHost:
    """The same with the toolkit's newest version."""
    host.ssh(f"{INSTALL} {' '.join(f'{name}=1.20.0-1' for name in NAMES)}")
    return host


@pytest.fixture(scope="module")
def uuids(toolkit: LabHost) -> tuple[str, ...]:
    """The UUIDs of its GPUs, once everything is configured."""
    found = toolkit.install_gpu(count=2)
    toolkit.ssh(CONFIGURE)
    return found


def seen(answer: CompletedProcess[str]) -> list[str]:
    """The UUIDs that `nvidia-smi -L` lists."""
    assert answer.returncode == 0, answer.stderr
    return re.findall(r"^GPU \d+: NVIDIA Simulated GPU \(UUID: (\S+)\)$", answer.stdout, re.MULTILINE)


def run(host: LabHost, options: str, command: str = "nvidia-smi -L") -> CompletedProcess[str]:
    return host.ssh(f"docker run --rm {options} {IMAGE} {command}", check=False)


def asking(request: str) -> str:
    return f"--runtime=nvidia -e NVIDIA_VISIBLE_DEVICES={request}"


def test_an_older_version_needs_all_four_names_as_with_the_real_packages(host: LabHost) -> None:
    assert host.ssh(f"{INSTALL} {NAMES[0]}=1.19.1-1", check=False).returncode != 0
    host.ssh(f"{INSTALL} {' '.join(f'{name}=1.19.1-1' for name in NAMES)}")
    assert "CLI version 1.19.1" in host.ssh("nvidia-ctk --version").stdout
    host.ssh(f"{INSTALL} {' '.join(f'{name}=1.20.0-1' for name in NAMES)}")
    assert "CLI version 1.20.0" in host.ssh("nvidia-ctk --version").stdout
    assert 'mode = "auto"' in host.ssh("cat /etc/nvidia-container-runtime/config.toml").stdout
    assert host.ssh(f"dpkg --verify {' '.join(NAMES)}").stdout == ""
    descriptions = host.ssh(f"dpkg-query -W -f '${{binary:Summary}}\\n' {' '.join(NAMES)}").stdout.splitlines()
    assert len(descriptions) == 4
    assert all("stand-in" in line for line in descriptions)


def test_without_a_driver_no_specification_can_be_made(toolkit: LabHost) -> None:
    answer = toolkit.ssh("nvidia-ctk cdi generate", check=False)
    assert answer.returncode == 1
    assert 'level=error msg="failed to initialize NVML: ERROR_LIBRARY_NOT_FOUND"' in answer.stderr


def test_the_runtime_brings_the_gpus_that_were_asked_for(host: LabHost, uuids: tuple[str, ...]) -> None:
    assert seen(host.ssh("nvidia-smi -L")) == list(uuids)
    assert seen(run(host, asking("all"))) == list(uuids)
    assert seen(run(host, asking("1"))) == seen(run(host, asking(uuids[1]))) == [uuids[1]]
    assert seen(run(host, asking("nvidia.com/gpu=0"))) == [uuids[0]]
    inside = run(host, asking("1"), "nvidia-smi --query-gpu=index,uuid,driver_version --format=csv,noheader").stdout
    assert inside == f"0, {uuids[1]}, 580.159.04\n"
    assert run(host, asking("all"), "printenv NVIDIA_VISIBLE_DEVICES").stdout == "void\n"


def test_none_brings_the_driver_without_a_gpu(host: LabHost, uuids: tuple[str, ...]) -> None:
    assert uuids
    answer = run(host, asking("none"))
    assert (answer.returncode, answer.stdout) == (0, "No devices found.\n")


def test_a_gpu_that_is_not_there_is_an_error_that_names_it(host: LabHost, uuids: tuple[str, ...]) -> None:
    assert uuids
    answer = run(host, asking("7"))
    assert answer.returncode == 125
    assert "unresolvable CDI devices nvidia.com/gpu=7" in answer.stderr


@pytest.mark.parametrize("options", ["", "--runtime=nvidia", asking("void"), "-e NVIDIA_VISIBLE_DEVICES=all"])
def test_without_a_request_a_container_sees_nothing_of_the_driver(
    host: LabHost, uuids: tuple[str, ...], options: str
) -> None:
    assert uuids
    look = "sh -c 'ls /usr/bin/nvidia-smi /usr/share/nvidia-simulated-driver /usr/lib/*/libcuda* 2>/dev/null'"
    assert run(host, options, look).stdout == ""


def test_docker_itself_brings_gpus_by_cdi_and_by_the_hook(host: LabHost, uuids: tuple[str, ...]) -> None:
    assert seen(run(host, "--device nvidia.com/gpu=all")) == list(uuids)
    assert seen(run(host, f"--device nvidia.com/gpu={uuids[1]}")) == [uuids[1]]
    assert seen(run(host, "--gpus all")) == list(uuids)
    assert seen(run(host, "--gpus device=1")) == [uuids[1]]
    assert run(host, "--gpus device=1", "printenv NVIDIA_VISIBLE_DEVICES").stdout == "1\n"


def test_after_a_reboot_the_driver_is_there_and_a_container_comes_back_with_its_gpu(
    host: LabHost, uuids: tuple[str, ...]
) -> None:
    host.ssh(f"docker run -d --name stays --restart=unless-stopped {asking('0')} {IMAGE} sleep 100000")
    host.reboot()
    host.ssh("for second in $(seq 120); do docker exec stays true && break; sleep 0.5; done")
    assert seen(host.ssh("docker exec stays nvidia-smi -L")) == [uuids[0]]
    assert seen(host.ssh("nvidia-smi -L")) == list(uuids)
    host.ssh("docker rm -f stays")


def test_another_driver_leaves_a_stale_specification_behind(host: LabHost, uuids: tuple[str, ...]) -> None:
    assert host.install_gpu(driver="590.44.01", count=2) == uuids
    assert host.ssh("ls /usr/lib/x86_64-linux-gnu | grep -c '[.]so[.]580'", check=False).stdout == "0\n"
    stale = run(host, "--device nvidia.com/gpu=all")
    assert stale.returncode != 0
    assert "libcuda.so.580.159.04" in stale.stderr
    assert seen(run(host, asking("all"))) == list(uuids)  # resolved at that moment, not from the file
    host.ssh("nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml")
    assert seen(run(host, "--device nvidia.com/gpu=all")) == list(uuids)
    host.remove_gpu()
    assert "ERROR_LIBRARY_NOT_FOUND" in run(host, asking("all")).stderr

"""The whole deploy on a host with a simulated GPU: left alone once it is done, moved by an edit, refused in words."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.apply import apply_well
from tests.lab import product
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SANDBOX = "python_sandbox"


def identity(host: LabHost) -> str:
    """What a run that changes nothing must not move."""
    shown = "{{.Id}} {{.State.StartedAt}} {{.State.Pid}} {{.Image}}"
    files = "/var/lib/gpufleet/* /var/run/cdi/nvidia.yaml /etc/docker/daemon.json /var/lib/dpkg/status"
    look = f"cat /run/docker.pid; docker inspect {SANDBOX} --format '{shown}'; stat -c '%n %i %Y %Z' {files}"
    return host.ssh(look).stdout


def image_of(host: LabHost) -> str:
    return host.ssh(f"docker inspect {SANDBOX} --format '{{{{.Config.Image}}}}'").stdout.strip()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, to be edited."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, copy / name)
    return copy


def test_a_second_run_leaves_daemon_image_and_sandbox_alone(lab: Lab, gpu_converged: LabHost) -> None:
    before = identity(gpu_converged)
    assert apply_well(lab, gpu_converged) == []
    assert identity(gpu_converged) == before


def test_an_edited_dockerfile_moves_the_sandbox_and_keeps_its_workspace(
    lab: Lab, gpu_converged: LabHost, checkout: Path
) -> None:
    host, old = gpu_converged, image_of(gpu_converged)
    host.ssh(f"docker exec {SANDBOX} sh -c 'echo kept > /app/kept; echo lost > /tmp/lost'")
    dockerfile = checkout / "files/cuda_image/Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + "ENV EDITED=1\n")
    inventory = str(lab.inventory([host], cuda_image_keep=0))
    done = product.run("pyinfra", "-y", inventory, "deploy.py", checkout=checkout)
    assert done.status == 0, done.output
    assert [name.rpartition(" | ")[2] for name in done.changed] == [
        "Build the image",
        f"Have {SANDBOX} run as declared",
        "Remove older images that nothing uses",
        "Remember what was declared",
    ]
    assert product.run("pyinfra", "-y", inventory, "deploy.py", checkout=checkout).changed == []
    assert image_of(host) != old
    assert host.ssh(f"docker exec {SANDBOX} sh -c 'cat /app/kept; echo $EDITED; ls /tmp'").stdout == "kept\n1\n"
    assert host.ssh("cat ~ops/python_sandbox/kept").stdout == "kept\n"
    assert "UUID: GPU-" in host.ssh(f"docker exec {SANDBOX} nvidia-smi -L").stdout


@pytest.fixture(scope="module")
def bare(lab: Lab) -> Iterator[LabHost]:
    """A host on which nothing is ever done."""
    host = lab.host()
    yield host
    assert host.ssh("command -v docker; ls /var/lib/gpufleet", check=False).stdout == ""
    host.destroy()


def planned(lab: Lab, host: LabHost, **variables: object) -> str:
    """What a plan says about a host."""
    inventory = lab.inventory([host], **{"platform_gpu": "auto", **variables})
    return product.run("pyinfra", "--dry", str(inventory), "deploy.py").output


@pytest.mark.parametrize(
    ("driver", "capability", "said"),
    [
        ("470.256.02", "8.0", "refused: NVIDIA driver: expected 510 or newer, found 470.256.02"),
        ("515.105.01", "8.0", "CUDA 12 needs driver 525, NVIDIA Simulated GPU has 515.105.01. Install NVIDIA driver"),
        ("580.159.04", "7.0", "CUDA image: CUDA 12, since CUDA 13 needs compute capability 7.5"),
    ],
)
def test_a_driver_or_a_card_that_is_too_old_is_told(
    lab: Lab, bare: LabHost, driver: str, capability: str, said: str
) -> None:
    bare.install_gpu(driver=driver, compute_capability=capability)
    assert said in planned(lab, bare)


def test_a_gpu_that_is_not_there_is_refused_with_those_that_are(lab: Lab, bare: LabHost) -> None:
    (uuid,) = bare.install_gpu()
    said = planned(lab, bare, sandbox_containers={"one": {"gpus": [3]}})
    assert f"refused: sandbox one: expected GPUs of this host: 0 ({uuid}), found gpus: 3" in said


def test_no_gpu_is_told_or_refused_as_declared(lab: Lab, bare: LabHost) -> None:
    bare.remove_gpu()
    said = planned(lab, bare)
    assert "notice: GPU: none: there is no nvidia-smi. Install the NVIDIA driver." in said
    assert "notice: CUDA image: none is built while no GPU is seen" in said
    assert f"notice: sandboxes that wait for a GPU, and are left as they are until one is seen: {SANDBOX}" in said
    assert "refused: GPU: expected an NVIDIA GPU" in planned(lab, bare, platform_gpu="required")

"""Compiling kernels for real is what `verify` trusts in: it fails on what the simulator does not notice.

Each fault is put into an image made from the role's own, under its name and with its labels, on a converged host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.verify import troubled, verify
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

COMPILE = ("tests/verify/test_cuda_image.py", "-k", "compile")
PROGRAM = (CHECKOUT / "files" / "gpu" / "kernels.py").read_text()
WORKING = "gpufleet-test:working"
BUILD = (
    "secrets=$(if [ -e /etc/pip.conf ]; then echo --secret id=pip,src=/etc/pip.conf; fi); "
    "docker build --quiet $secrets --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt --tag {image} -"
)
"""With the host's own way to its package index, and the authorities that it trusts."""
PIP = (
    "--mount=type=secret,id=ca --mount=type=secret,id=pip,target=/etc/pip.conf "
    "/opt/venv/bin/pip install --quiet --no-deps --cert /run/secrets/ca"
)


class Fault(NamedTuple):
    """What is done to the image, and what the compile test has to say of it."""

    step: str
    reason: str


FAULTS = {
    "numpy 2.5": Fault(f"{PIP} numpy==2.5.*", "row_stack"),
    "no libNVVM": Fault("find /opt/venv -name 'libnvvm.so*' -delete -printf '%f\\n' | grep .", "libnvvm"),
    "no NVRTC": Fault("find /opt/venv -name 'libnvrtc.so*' -delete -printf '%f\\n' | grep .", "libnvrtc"),
}
SLOW = {"no NVRTC"}
"""As the one before it, with another library."""


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def inventory(lab: Lab, host: LabHost) -> Path:
    return lab.inventory([host])


@pytest.fixture(scope="module")
def image(host: LabHost) -> str:
    """The role's image, kept under a second name so that the first can be put back."""
    listed = host.ssh("docker images --filter label=gpufleet.image=cuda_image --format '{{.Repository}}:{{.Tag}}'")
    (name,) = listed.stdout.split()
    host.ssh(f"docker tag {name} {WORKING}")
    return name


def test_the_roles_own_image_compiles_them(inventory: Path, image: str) -> None:
    done = verify(inventory, *COMPILE)
    assert (done.status, troubled(done)) == (0, set()), f"{image}: {done.output}"
    assert "1 passed" in done.output


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in FAULTS]
)
def test_an_image_that_no_gpu_could_use_does_not(host: LabHost, inventory: Path, image: str, fault: str) -> None:
    host.ssh(BUILD.format(image=image), stdin=f"FROM {WORKING}\nUSER root\nRUN {FAULTS[fault].step}\nUSER 1000\n")
    done = verify(inventory, *COMPILE)
    simulated = host.ssh(f"docker run --rm -i -e NUMBA_ENABLE_CUDASIM=1 {image} python - run", stdin=PROGRAM)
    host.ssh(f"docker tag {WORKING} {image}")
    assert troubled(done) == {"test_kernels_compile_for_old_and_new_gpus"}, done.output
    assert FAULTS[fault].reason in done.output
    assert done.status == 2
    assert '"ok": true' in simulated.stdout, "the simulator notices nothing"

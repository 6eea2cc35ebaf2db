"""What a fresh container of each CUDA image has of the host's GPUs: those that it asks for, and no other.

Sandboxes are of these images and keep running; these show what the next container gets.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.verify import program
from gpufleet.verify.gpu_requests import INJECTED, NO_GPU, OPTIONS, Way, smi, uuids

if TYPE_CHECKING:
    from collections.abc import Callable

    from testinfra.host import Host

    from gpufleet.platform import Gpu, Platform
    from gpufleet.verify.throwaway import Throwaway
    from roles.cuda_image.declared import DeclaredImage

KERNELS = Path(__file__).parents[2] / "files" / "gpu" / "kernels.py"
NOT_FOUND = 127
"""What a shell exits with when there is no such program."""
NEVER_ON_ITS_OWN = "--env=NUMBA_ENABLE_CUDASIM=0"


@pytest.fixture
def reference(gpus: tuple[Gpu, ...], image: DeclaredImage) -> str:  # noqa: ARG001 - there are some
    """Its repository and tag."""
    return image.reference


@pytest.fixture(params=["runtime", "cdi"])
def way(request: pytest.FixtureRequest, toolkit: object) -> Way:  # noqa: ARG001 - it skips
    """How a container asks."""
    if request.param == "cdi":
        request.getfixturevalue("cdi_in_docker")
    asked: Way = request.param
    return asked


@pytest.fixture
def look(reference: str, throwaway: Throwaway) -> Callable[..., tuple[int, str]]:
    """Runs a script in a fresh container, with options of `docker run`."""

    def run(script: str, *options: str) -> tuple[int, str]:
        done = throwaway.run(reference, ["sh", "-c", script], "--network=none", *options)
        return done.rc, done.stdout

    return run


def test_the_image_shows_the_gpus(
    way: Way, look: Callable[..., tuple[int, str]], gpus: tuple[Gpu, ...], platform: Platform
) -> None:
    """By UUID: the same ones inside and outside."""
    code, listed = look(smi(platform.nvidia_smi), *OPTIONS[way])
    assert code == 0, listed
    assert uuids(listed) == {gpu.uuid for gpu in gpus}


@pytest.mark.usefixtures("toolkit")
def test_the_image_has_no_gpu_without_asking(
    host: Host, reference: str, throwaway: Throwaway, look: Callable[..., tuple[int, str]], platform: Platform
) -> None:
    """No device, nothing of the driver, and nothing that Numba could use."""
    assert look(f"{INJECTED}; {smi(platform.nvidia_smi)}") == (NOT_FOUND, "")
    assert _kernels(host, reference, throwaway)["ok"] is False


@pytest.mark.usefixtures("toolkit")
def test_the_image_has_no_gpu_when_it_asks_for_none(
    host: Host, reference: str, throwaway: Throwaway, look: Callable[..., tuple[int, str]], platform: Platform
) -> None:
    """The driver is there, and no GPU of it."""
    _, listed = look(smi(platform.nvidia_smi), *NO_GPU)
    assert uuids(listed) == set()
    assert _kernels(host, reference, throwaway, *NO_GPU)["ok"] is False


def test_kernels_are_right_in_the_image(
    *, way: Way, on_a_gpu: bool, host: Host, reference: str, throwaway: Throwaway, gpus: tuple[Gpu, ...]
) -> None:
    """On exactly the host's GPUs, against what the CPU computes."""
    if not on_a_gpu:
        pytest.skip("there is no GPU to compute on")
    answer = _kernels(host, reference, throwaway, *OPTIONS[way])
    assert answer["ok"], answer["error"]
    assert answer["simulated"] is False
    assert {device["uuid"] for device in answer["devices"]} == {gpu.uuid for gpu in gpus}
    assert all(kernel["right"] for device in answer["devices"] for kernel in device["kernels"])


def _kernels(host: Host, reference: str, throwaway: Throwaway, *options: str) -> dict[str, Any]:
    """What `kernels.py run` answers in a fresh container, never by the simulator."""
    how = ("--interactive", "--network=none", NEVER_ON_ITS_OWN, *options)
    return program.run(host, throwaway.words(reference, ["python", "-P", "-", "run"], *how), KERNELS)

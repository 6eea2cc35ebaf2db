"""Numba kernels compute the right result: on the GPU, inside a sandbox.

Where the host has a GPU for programs to open, or `platform_gpu: required` says that it must, whatever keeps them from
it is a failure. Elsewhere Numba's simulator computes the result, which shows that kernels and sandbox are right and
nothing about a GPU: a right one ends as skipped, never as passed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gpufleet.images.recipe import ROLE_LABEL
from gpufleet.verify import program
from gpufleet.verify.container import running
from gpufleet.verify.gpu_requests import OPTIONS, expected
from gpufleet.verify.reporting import simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from testinfra.host import Host

    from gpufleet.platform import Platform
    from gpufleet.verify.throwaway import Throwaway
    from roles.cuda_image.declared import Outcomes
    from roles.sandbox.wanted import Wanted

KERNELS = Path(__file__).parents[2] / "files" / "gpu" / "kernels.py"
RUN = ["python", "-P", "-", "run"]
"""With -P modules in the workspace, where it runs, do not stand in for others."""
SIMULATOR = "NUMBA_ENABLE_CUDASIM=1"


class Place(NamedTuple):
    """Where kernels run: a container in words, the command line that runs Python there, the GPUs that are to be seen.

    The UUIDs are None where the request names parts of GPUs.
    """

    name: str
    command: list[str]
    uuids: set[str] | None


@pytest.fixture
def places(
    *,
    on_a_gpu: bool,
    host: Host,
    platform: Platform,
    throwaway: Throwaway,
    wanted_sandboxes: tuple[list[Wanted], str],
    cuda_images: Outcomes,
) -> list[Place]:
    """The sandboxes that hold the packages of the CUDA image and ask for a GPU; without one, a fresh container."""
    uuids = [gpu.uuid for gpu in platform.gpus]
    asking = [each for each in wanted_sandboxes[0] if each.container.gpus or not on_a_gpu]
    found = [_in_sandbox(each, uuids, on_a_gpu=on_a_gpu) for each in asking if _holds_numba(host, each)]
    if found:
        return found
    image = next((image for image, _ in cuda_images.values() if image), None)
    if image is None:
        pytest.skip(f"{wanted_sandboxes[1]}; no CUDA image is declared: {cuda_images[None].why}")
    options = OPTIONS["runtime"] if on_a_gpu else (f"--env={SIMULATOR}",)
    command = throwaway.words(image.reference, RUN, "--interactive", "--network=none", *options)
    return [Place(f"a container of {image.reference}", command, set(uuids))]


def test_kernels_compute_the_right_result(
    *, on_a_gpu: bool, places: list[Place], host: Host, note: Callable[[str], None]
) -> None:
    """Each kernel, on each GPU that is asked for, against what the CPU computes."""
    for place in places:
        answer = program.run(host, place.command, KERNELS)
        assert answer["ok"], f"{place.name}: {answer['error']}"
        assert answer["simulated"] is not on_a_gpu, place.name
        assert all(kernel["right"] for device in answer["devices"] for kernel in device["kernels"])
        if on_a_gpu:
            assert place.uuids in (None, {device["uuid"] for device in answer["devices"]}), place.name
            note(f"kernels ran right in {place.name} on {_shown(answer)}")
    if not on_a_gpu:
        simulated()


def _holds_numba(host: Host, sandbox: Wanted) -> bool:
    labels: Mapping[str, str] = running(host, sandbox.name)["Config"]["Labels"]
    return labels.get(ROLE_LABEL) == "cuda_image"


def _in_sandbox(sandbox: Wanted, uuids: list[str], *, on_a_gpu: bool) -> Place:
    environment = [] if on_a_gpu else [f"--env={SIMULATOR}"]
    devices = [device for request in sandbox.container.gpus for device in request.devices]
    command = ["docker", "exec", "--interactive", *environment, sandbox.name, *RUN]
    return Place(sandbox.name, command, expected(devices, uuids))


def _shown(answer: dict[str, Any]) -> str:
    names = ", ".join(device["name"] for device in answer["devices"])
    return f"{names} (driver {answer['driver']}, CUDA {answer['runtime']})"

"""The ways in which a container asks for GPUs, and what can be read off a container that did."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Way: TypeAlias = Literal["runtime", "cdi", "gpus"]
OPTIONS: dict[Way, tuple[str, ...]] = {
    "runtime": (
        "--runtime=nvidia",
        "--env=NVIDIA_VISIBLE_DEVICES=all",
        "--env=NVIDIA_DRIVER_CAPABILITIES=compute,utility",
    ),
    "cdi": ("--device=nvidia.com/gpu=all",),
    "gpus": ("--gpus=all",),
}
"""Options of `docker run`; on all of the GPUs, since WSL knows no other request."""
DEVICES = "for device in /dev/nvidia* /dev/dxg; do if [ -e $device ]; then echo $device; fi; done"
"""A shell command that lists what is there of the driver's device nodes."""
NOT_FOUND = 127
"""What a shell exits with when there is no such program."""
NO_GPU = ("--runtime=nvidia", "--env=NVIDIA_VISIBLE_DEVICES=none")
"""The driver, and no GPU of it."""


def uuids(listing: str) -> set[str]:
    """The GPUs in what `nvidia-smi -L` prints; parts of a GPU (MIG) stand below it and are not counted."""
    return set(re.findall(r"\(UUID: (GPU-[0-9a-f-]+)\)", listing))


def injection(visible_devices: str | None) -> str:
    """By which mechanism a GPU came into a container, told from inside.

    Args:
        visible_devices: NVIDIA_VISIBLE_DEVICES in the environment of the container's first process; a later one gets
            the container's declared environment, whatever was made of it.

    Returns:
        Words for a person. A CDI specification sets the variable to `void`, to keep NVIDIA's own hook from adding to
        it; the hook leaves what was asked for (NVIDIA/nvidia-container-toolkit, internal/edits).
    """
    if visible_devices == "void":
        return "CDI"
    return "NVIDIA's hook (legacy mode)" if visible_devices else "neither CDI nor NVIDIA's hook"


def expected(devices: Sequence[str], there: Sequence[str]) -> set[str] | None:
    """The UUIDs of the GPUs that a request names.

    Args:
        devices: `all`, indices, UUIDs or the beginnings of such; with or without `nvidia.com/gpu=` in front.
        there: UUIDs of the host's GPUs, in its order.

    Returns:
        None where a name stands for something else (a part of a GPU, another kind of CDI device).
    """
    found: set[str] = set()
    for device in (name.removeprefix("nvidia.com/gpu=") for name in devices):
        named = [uuid for index, uuid in enumerate(there) if device in {"all", str(index)} or _begins(uuid, device)]
        if not named:
            return None
        found.update(named)
    return found


def _begins(uuid: str, device: str) -> bool:
    return device.startswith("GPU-") and uuid.startswith(device)

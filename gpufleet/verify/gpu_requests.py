"""The ways in which a container asks for GPUs, and what can be read off a container that did."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

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

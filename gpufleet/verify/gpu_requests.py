"""The ways in which a container asks for GPUs, and what can be read off a container that did."""

from __future__ import annotations

import re
import shlex
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
DXG = "/dev/dxg"
DEVICES = "for device in /dev/nvidia* /dev/dxg; do if [ -e $device ]; then echo $device; fi; done"
"""A shell command that lists what is there of the driver's device nodes."""
INJECTED = (
    "while read -r _ place _; do case $place in "
    "*/nvidia-smi | */libcuda.so* | */libnvidia-* | /dev/nvidia* | /dev/dxg | /usr/lib/wsl/*) echo $place ;; "
    f"esac; done </proc/self/mounts; {DEVICES}"
)
"""A shell command that lists what of the host's driver and of its device nodes was brought into a container.

A program or library that an image itself carries is no mount, and is not listed.
"""
FOLDERS = ("/usr/local/nvidia/bin", "/usr/lib/wsl/lib")
"""Where drivers keep their programs that no PATH names."""
NO_GPU = ("--runtime=nvidia", "--env=NVIDIA_VISIBLE_DEVICES=none")
"""The driver, and no GPU of it."""


def smi(program: str | None) -> str:
    """A shell command that lists the GPUs inside a container, wherever its nvidia-smi was put.

    Args:
        program: the host's own nvidia-smi; a CDI specification shows it at the same path.
    """
    folders = dict.fromkeys([*FOLDERS, *([program.rpartition("/")[0]] if program else [])])
    return f"PATH=$PATH:{':'.join(map(shlex.quote, folders))}; nvidia-smi -L"


def to_open(nodes: Sequence[str], program: str | None) -> bool:
    """Whether there is an NVIDIA GPU for programs to open.

    Args:
        nodes: `/dev/nvidia<number>` and `/dev/dxg`, where they are there.
        program: the host's nvidia-smi. WSL makes the same /dev/dxg for GPUs of any vendor; nvidia-smi comes with
            NVIDIA's driver, whether or not it answers.
    """
    return any(node != DXG for node in nodes) or (DXG in nodes and program is not None)


def uuids(listing: str) -> set[str]:
    """The GPUs in what `nvidia-smi -L` prints; parts of a GPU (MIG) stand below it and are not counted."""
    return set(re.findall(r"\(UUID: (GPU-[0-9a-f-]+)\)", listing))


def injection(visible_devices: str | None, seen: set[str]) -> str | None:
    """By which mechanism GPUs came into a container, told from inside.

    Args:
        visible_devices: NVIDIA_VISIBLE_DEVICES in the environment of the container's first process; a later one gets
            the container's declared environment, whatever was made of it.
        seen: UUIDs of the GPUs that show inside; the variable alone is easily set.

    Returns:
        Words for a person; None when neither mechanism brought one in. A CDI specification sets the variable to `void`,
        to keep NVIDIA's own hook from adding to it; the hook leaves what was asked for
        (NVIDIA/nvidia-container-toolkit, internal/edits).
    """
    if not seen or visible_devices in {None, "", "none"}:
        return None
    return "CDI" if visible_devices == "void" else "NVIDIA's hook (legacy mode)"


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

"""GPUs for what uses containerd itself, beside Docker or without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.operations import containerd
from gpufleet.operations.containerd_absent import absent
from gpufleet.operations.containerd_loaded import loaded, unloaded
from roles.nvidia_container_toolkit.packages import PROGRAMS

if TYPE_CHECKING:
    from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings


def containerd_runtime(settings: NvidiaContainerToolkitSettings) -> None:
    """Have the runtime `nvidia` in containerd, or nothing of ours.

    Args:
        settings: what is declared.
    """
    if not settings.containerd:
        absent(name="Leave containerd's configuration alone")
        unloaded(name="Have containerd run without the runtime for GPUs")
        return
    cdi, default = settings.cdi, settings.default_runtime
    containerd.runtime(name="Give containerd the runtime for GPUs", package=PROGRAMS, cdi=cdi, default=default)
    containerd.imported(name="Have containerd read it", package=PROGRAMS, cdi=cdi, default=default)
    loaded(name="Have containerd run with it", package=PROGRAMS, cdi=cdi, default=default)

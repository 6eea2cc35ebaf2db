"""The inventory where there is no hosts.yml: this machine, in the group that fits what it is."""

from __future__ import annotations

from pathlib import Path

from gpufleet.inventory.connection import LOCAL

KERNEL_RELEASE = Path("/proc/sys/kernel/osrelease")


def groups(kernel_release: Path = KERNEL_RELEASE) -> dict[str, tuple[list[object], dict[str, object]]]:
    """Give the groups of this machine.

    Args:
        kernel_release: the kernel's file with its own release.
    """
    release = kernel_release.read_text(encoding="utf-8") if kernel_release.exists() else ""
    return {"all": ([LOCAL], {}), group_for(release): ([LOCAL], {})}


def group_for(release: str) -> str:
    """Tell WSL by the kernel's release, `5.15.167.4-microsoft-standard-WSL2`; WSL 1 says `4.4.0-19041-Microsoft`."""
    return "wsl" if "microsoft" in release.lower() else "gpu_servers"

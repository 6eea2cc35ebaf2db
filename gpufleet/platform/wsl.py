"""What is the Windows Subsystem for Linux. Pure; `in_wsl` in operations/scripts/apt.sh holds the same rule."""

from __future__ import annotations

from typing import Literal

KERNEL_RELEASE = "/proc/sys/kernel/osrelease"
GRAPHICS = "/dev/dxg"
INTEROP = ("/proc/sys/fs/binfmt_misc/WSLInterop", "/proc/sys/fs/binfmt_misc/WSLInterop-late", "/run/WSL")
"""Any of them: Windows' programs can be run here (microsoft/WSL, src/linux/init)."""


def version(release: str, *, interop: bool, graphics: bool) -> Literal[1, 2] | None:
    """Tell which WSL a machine is, None for any other machine.

    WSL 1 calls its kernel `4.4.0-19041-Microsoft`, WSL 2 `5.15.167.4-microsoft-standard-WSL2`. A kernel of one's own in
    WSL 2 may have any name; Windows' interop and its graphics device tell it then. The device alone does not: Hyper-V
    gives it to ordinary virtual machines too.

    Args:
        release: of the kernel, as `KERNEL_RELEASE` has it.
        interop: one of the marks `INTEROP` is there.
        graphics: `GRAPHICS` is there.
    """
    if "microsoft" in release.lower():
        return 1 if release.startswith("4.4.") and release.endswith("-Microsoft") else 2
    return 2 if interop and graphics else None

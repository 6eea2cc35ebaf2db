"""The inventory where there is no hosts.yml: this machine, in the group that fits what it is."""

from __future__ import annotations

from pathlib import Path

from gpufleet.inventory.connection import LOCAL
from gpufleet.platform.wsl import GRAPHICS, INTEROP, KERNEL_RELEASE, version


def groups(root: Path = Path("/")) -> dict[str, tuple[list[object], dict[str, object]]]:
    """Give the groups of this machine.

    Args:
        root: the folder that holds its /proc, /dev and /run.
    """
    return {"all": ([LOCAL], {}), _group(root): ([LOCAL], {})}


def _group(root: Path) -> str:
    def there(path: str) -> Path:
        return root / path.lstrip("/")

    kernel = there(KERNEL_RELEASE)
    release = kernel.read_text(encoding="utf-8").strip() if kernel.exists() else ""
    interop = any(there(mark).exists() for mark in INTEROP)
    return "wsl" if version(release, interop=interop, graphics=there(GRAPHICS).exists()) else "gpu_servers"

"""Who may read our file beside config.toml: nobody who may not read what it is made of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpufleet.facts.files import FileState

OPEN, CLOSED, ROOT = "644", "600", "root:root"


def access(found: FileState | None, *, closed: bool) -> tuple[str, str]:
    """Mode and owner for a file of ours: those that it has, unless they let others than root read a closed one.

    Args:
        found: the file as it is; None where there is none.
        closed: whether it repeats what not everybody may read.
    """
    if found and not (closed and _others_read(found)):
        return found.mode, found.owner
    return CLOSED if closed else OPEN, ROOT


def _others_read(found: FileState) -> bool:
    return bool(int(found.mode, 8) & 0o077) or found.owner.partition(":")[0] != "root"

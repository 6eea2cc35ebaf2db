"""Debian's alternatives: which of several programs a name means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.operations.scripts import run

if TYPE_CHECKING:
    from pyinfra.api import StringCommand


def chosen(alternative: str, path: str) -> StringCommand:
    """The command that chooses a program, as `update-alternatives --set` does; what it was is remembered for a removal.

    Args:
        alternative: its name, as `iptables`.
        path: of the program.
    """
    return run("before.sh", "alternative-set.sh", arguments=[alternative, path])

"""Sandboxes that are here and that nobody declares: reported, or removed on consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import operation

from gpufleet.facts.answer import Unreadable
from gpufleet.operations.container_removal import Fate, gone
from gpufleet.operations.unanswered import unanswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.operations.change import Commands
    from gpufleet.operations.container_commands import Look

UNDECLARED = Fate(
    verb="apply",
    kind="unmanaged",
    expected="declared, or absent",
    consent="declare it, or set sandbox_remove_undeclared: true to have it removed (its workspace stays)",
)


@operation()
def undeclared(declared: Sequence[str], remove: bool, look: Look) -> Commands:
    """Report sandboxes of ours that are not declared, or remove them, unless they are in use.

    Args:
        declared: names of those that are.
        remove: consent to remove the others.
        look: reads the containers of the host, those of all sandboxes (`look_for`).
    """
    found = look()
    if isinstance(found, Unreadable):
        yield from unanswered("sandboxes", found)
        return
    others = [each for each in found.containers.values() if each.ours and each.sandbox not in declared]
    yield from gone(found, others, UNDECLARED, consented=remove, without="every sandbox that is here is declared")

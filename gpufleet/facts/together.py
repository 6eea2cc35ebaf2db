"""Ask for several facts at once.

A fact costs a round trip. In gpufleet's own runs (`gpufleet.run`) an operation that lacks an answer is put off until
the host was asked everything that all operations lack; one that asks fact by fact is put off once per fact, unless it
asks them together. Plain pyinfra asks one by one in any case.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from pyinfra import host

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pyinfra.api import FactBase


def together() -> AbstractContextManager[None]:
    """Facts that are asked inside the `with` block travel together.

    The block only assigns: an answer may not be looked at before the block has ended. In gpufleet's runs it holds the
    fact's default inside, and the operation is put off at the end of the block.
    """
    gather: Any = getattr(host.connector, "together", nullcontext)
    block: AbstractContextManager[None] = gather()
    return block


def expect(*facts: tuple[type[FactBase[Any]], dict[str, object]]) -> None:
    """Say which facts a deploy will ask while it is read, as root, so that its first question brings all answers.

    Args:
        facts: each with its arguments. One that is never asked costs its time on the host and nothing else.
    """
    note: Any = getattr(host.connector, "expect", None)
    if note is not None:
        note(facts)

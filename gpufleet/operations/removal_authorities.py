"""Certificate authorities that apply has added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import operation

from gpufleet.operations import authorities
from gpufleet.operations.removal import Unless, stays
from gpufleet.operations.removal_words import removing

if TYPE_CHECKING:
    from gpufleet.operations.change import Commands


@operation()
def authorities_removed(unless: Unless) -> Commands:
    """Have none of them trusted; they are known by their names.

    Args:
        unless: why they stay.
    """
    if not (yield from stays(unless)):
        yield from removing(authorities.authorities._inner(certificates={}))  # noqa: SLF001

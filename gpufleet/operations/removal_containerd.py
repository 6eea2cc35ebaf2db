"""containerd's configuration without us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import operation

from gpufleet.operations.containerd_absent import absent
from gpufleet.operations.containerd_loaded import unloaded
from gpufleet.operations.removal import Unless, stays
from gpufleet.operations.removal_words import removing

if TYPE_CHECKING:
    from gpufleet.operations.change import Commands


@operation()
def containerd_given_back(unless: Unless) -> Commands:
    """Have neither our file beside config.toml nor its import there; what lay in its place before us is back.

    Args:
        unless: why they stay.
    """
    if not (yield from stays(unless)):
        yield from absent._inner(remedy="remove")  # noqa: SLF001


@operation()
def containerd_without_it(unless: Unless) -> Commands:
    """Have a running containerd run without it.

    Args:
        unless: why it is left as it is.
    """
    if not (yield from stays(unless)):
        yield from removing(unloaded._inner())  # noqa: SLF001

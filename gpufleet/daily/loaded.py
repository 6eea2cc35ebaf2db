"""The roles' side of the daily commands, found by its name (`roles:DAILY`), as nothing here imports a role."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpufleet.daily.declared import Declared


def declared() -> Declared:
    """What the roles of the checkout declare."""
    found: Declared = import_module("roles").DAILY
    return found

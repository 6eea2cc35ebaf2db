"""The vendors' names inside the lab, and the mirror that answers for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.mirror import VENDOR_NAMES, Mirror, start

if TYPE_CHECKING:
    from tests.lab.engine import Engine

__all__ = ["Mirror", "mirror", "vendor_names"]


def vendor_names() -> tuple[str, ...]:
    """The host names that every lab host resolves to the mirror."""
    return VENDOR_NAMES


def mirror(engine: Engine) -> Mirror | None:
    """The running mirror, started when it does not run; None while it is not built."""
    try:
        return start(engine)
    except NotImplementedError:
        return None

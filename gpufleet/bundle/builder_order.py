"""What a builder host is to have, handed to the deploy that runs on it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gpufleet.bundle.wanted import WantedImage


@dataclass(frozen=True)
class Order:
    """Images that are wanted.

    Attributes:
        images: each of them.
        archive: where they go on this machine, all in one archive.
    """

    images: tuple[WantedImage, ...]
    archive: Path


_orders: list[Order] = []
"""The one that is being carried out: pyinfra runs a deploy file without arguments."""


@contextmanager
def ordered(order: Order) -> Iterator[None]:
    """Inside, `order` answers this one."""
    _orders.append(order)
    try:
        yield
    finally:
        _orders.pop()


def order() -> Order:
    """What is to be done."""
    return _orders[-1]

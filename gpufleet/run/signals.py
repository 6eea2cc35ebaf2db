"""SIGINT and SIGTERM end a run in order: what is known is still reported."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gevent import get_hub
from gevent.exceptions import BlockingSwitchOutError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

PATIENCE = 2
"""Signals after which the next one no longer waits for the report."""


@contextmanager
def ending_in_order() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt at the first signal, and let those that follow wait for the report.

    Yields:
        The signals that came, in their order.
    """
    caught: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        sys.unraisablehook = _without_cut_off_channels
        if len(caught) == 1 or len(caught) > PATIENCE:
            raise KeyboardInterrupt

    get_hub().NOT_ERROR += (KeyboardInterrupt,)  # it may strike in any host's task, and is told by the exit code
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _without_cut_off_channels(unraisable: sys.UnraisableHookArgs) -> None:
    """Say nothing of a channel of paramiko's that was cut off and is closed in gevent's loop, where it may not wait."""
    if not isinstance(unraisable.exc_value, BlockingSwitchOutError):
        sys.__unraisablehook__(unraisable)

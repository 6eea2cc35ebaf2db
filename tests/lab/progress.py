"""Progress on a terminal or in a log: one line per step, with the seconds since the command began."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGAN = time.monotonic()


def say(text: str) -> None:
    """Print one line, led by the seconds since this process began."""
    print(f"[{time.monotonic() - _BEGAN:5.1f} s] {text}", flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what begins, and how long it took once it is done."""
    began = time.monotonic()
    say(f"{text} ...")
    yield
    say(f"{text}: done in {time.monotonic() - began:.1f} s")

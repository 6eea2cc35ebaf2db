"""What a measurement is, and what one that cannot be made says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BLOCK = 256
"""Threads of a block."""
REPEATS = 20


class Failure(Exception):  # noqa: N818 - it says something about the GPU, not about the program
    """Something could not be measured; the message says why."""


@dataclass
class Trial:
    """One measurement, prepared.

    Attributes:
        size: of one run, in words.
        run: does it once; what it starts on the GPU goes on.
        wrong: says what of the result is wrong, None when all is right.
        work: what one run does, in the unit of the measurement, times a second.
        stream: that the GPU's work goes into; without one it is timed by the host's clock.
        together: runs that are timed as one.
        repeats: how often.
    """

    size: str
    run: Callable[[], None]
    wrong: Callable[[], str | None]
    work: float
    stream: Any = None
    together: int = 1
    repeats: int = REPEATS


class Case(NamedTuple):
    """Something to measure.

    Attributes:
        name: for programs.
        title: for people.
        unit: of its figures.
        limit: the limit that it is held against, empty for none.
        prepare: makes a trial of it; told of the GPU.
    """

    name: str
    title: str
    unit: str
    limit: str
    prepare: Callable[[Mapping[str, Any]], Trial]

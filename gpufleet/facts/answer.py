"""The third answer of a fact: not a value, not absent, but "could not be read"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unreadable:
    """What was asked could not be read, which says nothing about whether it is there.

    Attributes:
        why: the reason, short enough for one line.
        stopped: what would have answered does not run at all, which another operation finds and mends; False where it
            runs and does not answer, or where anything else is the matter.
        missing: the package of what would have asked, which is not installed: another operation finds and mends that.
    """

    why: str
    stopped: bool = False
    missing: str | None = None

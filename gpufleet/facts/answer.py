"""The third answer of a fact: not a value, not absent, but "could not be read"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unreadable:
    """What was asked could not be read, which says nothing about whether it is there.

    Attributes:
        why: the reason, short enough for one line.
    """

    why: str

"""A line for a terminal, and how it is coloured. Pure."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

RESET = "\x1b[0m"


class Colour(Enum):
    """What a part of a line means, as the parameters of a terminal's "select graphic rendition" (ECMA-48, 8.3.117)."""

    UNKNOWN = "1;35"
    BAD = "1;31"
    WORN = "33"
    GOOD = "32"
    FAINT = "2"
    STRONG = "1"


class Line(NamedTuple):
    """One line.

    Attributes:
        text: printable.
        colour: of its beginning; None for plain.
        coloured: how many characters have it; None for all.
    """

    text: str
    colour: Colour | None = None
    coloured: int | None = None


def painted(line: Line) -> str:
    """The line with its colour."""
    if line.colour is None or not line.text:
        return line.text
    end = len(line.text) if line.coloured is None else line.coloured
    return f"\x1b[{line.colour.value}m{line.text[:end]}{RESET}{line.text[end:]}"


def joined(lines: list[Line], *, colour: bool) -> str:
    """The lines as one text.

    Args:
        lines: to print.
        colour: with colours.
    """
    return "".join(f"{painted(line) if colour else line.text}\n" for line in lines)

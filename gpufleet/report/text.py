"""Text of unknown origin on a terminal: nothing in it moves the cursor, and its width is counted in cells. Pure."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime


def printable(text: str, keep: str = "") -> str:
    r"""Spell out what a terminal would act on, or what would make text look like other text: `\x1b`, `\n`, `\u202e`.

    Args:
        text: of any origin.
        keep: characters to leave as they are.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in keep else _spelt(each) for each in text)


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def cells(text: str) -> int:
    """How many columns a terminal needs for it."""
    return len(text) if text.isascii() else sum(_width(each) for each in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:  # drawn onto the character before
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, width: int) -> str:
    """The text, or as much of its beginning as fits, with `...` to show that there was more.

    Args:
        text: printable.
        width: in cells, at least 4.
    """
    if cells(text) <= width:
        return text
    head, _ = _split(text, width - len("..."))
    return f"{head}..."


def abridged(text: str, longest: int) -> str:
    """A value on one line, printable; of a long one the beginning, and how long it is.

    Args:
        text: of any origin.
        longest: characters that are shown.
    """
    shown = printable(text[: longest + 1])
    return shown if len(text) <= longest else f"{printable(text[:longest])}... ({len(text)} characters)"


def wrapped(text: str, width: int, first: str = "", then: str = "") -> list[str]:
    """The text in lines that fit; words longer than a line are broken.

    Args:
        text: printable.
        width: of a line with its indent, in cells.
        first: what the first line starts with.
        then: the indent of the others.
    """
    if cells(text) + cells(first) <= width:
        return [f"{first}{text}"]
    lines, line, gap = [], first, ""
    for piece in (piece for word in text.split(" ") for piece in _pieces(word, width - cells(then))):
        if cells(line) + cells(gap) + cells(piece) > width:
            lines.append(line.rstrip())
            line, gap = then, ""
        line, gap = f"{line}{gap}{piece}", " "
    return [*lines, line.rstrip()]


def _pieces(word: str, width: int) -> list[str]:
    """A word, or as many pieces of that width as it makes."""
    pieces = []
    while cells(word) > width:
        piece, word = _split(word, width)
        pieces.append(piece)
    return [*pieces, word]


def _split(text: str, width: int) -> tuple[str, str]:
    """The beginning that fits, and the rest."""
    if text.isascii():
        return text[:width], text[width:]
    taken = 0
    for position, character in enumerate(text):
        taken += _width(character)
        if taken > width:
            return text[:position], text[position:]
    return text, ""


def moment(text: str) -> str:
    """A time in UTC, short: `2026-11-20 03:12`; what is no time stays as it is.

    Args:
        text: ISO 8601; without an offset it is taken for UTC.
    """
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return printable(text)
    return f"{parsed.astimezone(UTC) if parsed.tzinfo else parsed:%Y-%m-%d %H:%M}"

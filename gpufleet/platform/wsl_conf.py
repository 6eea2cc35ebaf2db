"""Reads and edits /etc/wsl.conf as text: what is not edited stays as it is, down to blanks, comments and order. Pure.

What a line means is WSL's own rule (microsoft/WSL, src/shared/configfile/configfile.cpp): names are of letters and
digits in any case, `#` begins a comment outside quotes, a backslash escapes, a line that cannot be read is passed over,
and of a key that stands there twice the first one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = re.compile(r"[ \t]*\[([A-Za-z][A-Za-z0-9]*)\][ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_ESCAPED = r'\\(?:[\\"bnt]|\n)'
_ENTRY = re.compile(
    r"[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*"
    rf'(?P<value>(?:{_ESCAPED}|"(?:{_ESCAPED}|[^"\\\r\n])*"|[^\\"#\r\n])*)(?:#[^\n]*)?\r?(?:\n|\Z)'
)
_PART = re.compile(rf'{_ESCAPED}|"|[^\\"]', re.DOTALL)
_MEANT = {"\\\\": "\\", '\\"': '"', "\\b": "\b", "\\n": "\n", "\\t": "\t", "\\\n": "", '"': ""}
TRUE = {"true", "1"}


@dataclass(frozen=True)
class _Entry:
    """One entry: where in the text its value stands, and its whole line."""

    section: str
    key: str
    value: tuple[int, int]
    line: tuple[int, int]


def value_of(text: str, section: str, key: str) -> str | None:
    """What WSL reads for a key; None where it is not set.

    Args:
        text: of the file.
        section: as `boot`.
        key: as `systemd`.
    """
    found = written(text, section, key)
    return None if found is None else _meaning(found)


def written(text: str, section: str, key: str) -> str | None:
    """What stands in the file for a key, with its quotes and backslashes; None where it is not set.

    Args:
        text: of the file.
        section: as `boot`.
        key: as `command`.
    """
    entry = _first(text, section, key)
    return None if entry is None else text[slice(*entry.value)]


def is_on(text: str, section: str, key: str) -> bool:
    """Whether a switch is on; one that is not set is off."""
    return (value_of(text, section, key) or "").lower() in TRUE


def with_value(text: str, section: str, key: str, value: str) -> str:
    """The text with a key set: in its own place, else at the end of its section, else in a new section at the end.

    Args:
        text: of the file.
        section: as `boot`.
        key: as `systemd`.
        value: what WSL is to read.
    """
    return text if value_of(text, section, key) == value else with_written(text, section, key, _escaped(value))


def with_written(text: str, section: str, key: str, value: str) -> str:
    """The text with a key set, in the same places as `with_value`, to something that is quoted and escaped already.

    Args:
        text: of the file.
        section: as `boot`.
        key: as `command`.
        value: what is to stand there, as `written` gives it.
    """
    if entry := _first(text, section, key):
        begin, end = entry.value
        return f"{text[:begin]}{value}{text[end:]}"
    ending = "\r\n" if "\r\n" in text else "\n"
    line = f"{key}={value}{ending}"
    place = _end_of(text, section)
    if place is None:
        apart = "" if not text.strip() else ending if text.endswith("\n") else 2 * ending
        return f"{text}{apart}[{section}]{ending}{line}"
    before = text[:place]
    return f"{before}{'' if before.endswith(chr(10)) else ending}{line}{text[place:]}"


def without(text: str, section: str, key: str) -> str:
    """The text without any line that sets a key; a section that is empty without it goes too.

    Args:
        text: of the file.
        section: as `boot`.
        key: as `command`.
    """
    found = [entry for entry in _entries(text) if _is(entry, section, key)]
    for entry in reversed(found):
        begin, end = entry.line
        text = text[:begin] + text[end:]
    return _without_empty(text, section) if found else text


def _without_empty(text: str, section: str) -> str:
    """A section whose header is followed by nothing but blanks, before the next header or the end, says nothing."""
    empty = re.compile(rf"(?im)(?:^[ \t]*\r?\n)?^[ \t]*\[{section}\][ \t]*\r?(?:\n|\Z)\s*(?=^[ \t]*\[|\Z)")
    return empty.sub("", text)


def _first(text: str, section: str, key: str) -> _Entry | None:
    return next((entry for entry in _entries(text) if _is(entry, section, key)), None)


def _is(entry: _Entry, section: str, key: str) -> bool:
    return (entry.section.lower(), entry.key.lower()) == (section.lower(), key.lower())


def _entries(text: str) -> Iterator[_Entry]:
    return (found for found in _lines(text) if isinstance(found, _Entry))


def _lines(text: str) -> Iterator[_Entry | tuple[str, int]]:
    """Entries, and headers of sections with where they end."""
    section, at = "", 0
    while at < len(text):
        if header := _SECTION.match(text, at):
            section, at = header[1], header.end()
            yield section, at
        elif entry := _ENTRY.match(text, at):
            begin, end = entry.span("value")
            end = begin + len(entry["value"].rstrip(" \t"))
            yield _Entry(section, entry[1], (begin, end), entry.span())
            at = entry.end()
        else:
            at = text.find("\n", at) + 1 or len(text)


def _end_of(text: str, section: str) -> int | None:
    """Where the first section of a name ends, behind its last entry; None without one."""
    end = None
    for found in _lines(text):
        name = found.section if isinstance(found, _Entry) else found[0]
        if name.lower() != section.lower():
            if end is not None:
                break
        else:
            end = found.line[1] if isinstance(found, _Entry) else found[1]
    return end


def _meaning(value: str) -> str:
    return "".join(_MEANT.get(part, part) for part in _PART.findall(value))


def _escaped(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    plain = escaped == value.strip() and "#" not in value
    return value if plain else f'"{escaped}"'

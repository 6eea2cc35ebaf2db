"""Host patterns as Ansible writes them: `gpu[01:20]`, `rack[a:f]`, `gpu[1:9:2]`, `gpu01:2222`, `[2001:db8::1]:22`."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from string import ascii_letters
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_RANGE = re.compile(r"\[([^\[\]]*)\]")
_BRACKETED = re.compile(r"\[(?P<address>[^\[\]]+)\](?::(?P<port>\d+))?")
_WITH_PORT = re.compile(r"(?P<name>(?:[^:\[\]]|\[[^\[\]]*\])+):(?P<port>\d+)")
_NUMERIC_STEP = re.compile(r"0*[1-9]\d*")


class PatternError(ValueError):
    """A host pattern is malformed; the message says how."""


def expand(pattern: str) -> tuple[list[str], int | None]:
    """Turn a host pattern into host names.

    Args:
        pattern: a key below `hosts:`.

    Returns:
        The names in order, and the port when the pattern carries one.

    Raises:
        PatternError: a range is malformed or empty, or the name is.
    """
    if pattern.startswith("@"):  # a name for one of pyinfra's connectors
        return [pattern], None
    name, port = _split_port(pattern)
    if _is_ipv6(name):
        return [name], port
    if not name or any(character.isspace() for character in name):
        raise PatternError("a host name has at least one character, and no spaces")
    return _expand_ranges(name), port


def _split_port(pattern: str) -> tuple[str, int | None]:
    bracketed = _BRACKETED.fullmatch(pattern)
    if bracketed and _is_ipv6(bracketed["address"]):
        return bracketed["address"], int(bracketed["port"]) if bracketed["port"] else None
    with_port = _WITH_PORT.fullmatch(pattern)
    return (with_port["name"], int(with_port["port"])) if with_port else (pattern, None)


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def _expand_ranges(name: str) -> list[str]:
    """Expand the first range, and in each result the next one."""
    match = _RANGE.search(name)
    if match is None:
        if "[" in name or "]" in name:
            raise PatternError("a bracket has no partner")
        return [name]
    head, tail = name[: match.start()], name[match.end() :]
    return [done for item in _items(match[1]) for done in _expand_ranges(f"{head}{item}{tail}")]


def _items(text: str) -> Sequence[str]:
    parts = text.split(":")
    if len(parts) not in {2, 3}:
        raise PatternError(f"[{text}] is not a range; write [first:last] or [first:last:step]")
    first, last, step = parts[0] or "0", parts[1], parts[2] if len(parts) > 2 else "1"  # noqa: PLR2004
    if not last:
        raise PatternError(f"[{text}] says no last value")
    if not _NUMERIC_STEP.fullmatch(step):
        raise PatternError(f"[{text}]: the step {step!r} is no number above 0")
    items = _letters(first, last, int(step)) or _numbers(text, first, last, int(step))
    if not items:
        raise PatternError(f"[{text}] is empty: its first value comes after its last")
    return items


def _letters(first: str, last: str, step: int) -> Sequence[str]:
    if len(first) != 1 or len(last) != 1 or first not in ascii_letters or last not in ascii_letters:
        return ()
    chosen = ascii_letters[ascii_letters.index(first) : ascii_letters.index(last) + 1 : step]
    if not chosen:
        raise PatternError(f"[{first}:{last}] is empty: its first value comes after its last")
    return chosen


def _numbers(text: str, first: str, last: str, step: int) -> Sequence[str]:
    if not (first.isdecimal() and last.isdecimal()):
        raise PatternError(f"[{text}] is neither a range of numbers nor of single letters")
    width = len(first) if first.startswith("0") and len(first) > 1 else 0
    if width and width != len(last):
        raise PatternError(f"[{text}]: with leading zeros both ends need the same number of digits")
    return [str(number).zfill(width) for number in range(int(first), int(last) + 1, step)]

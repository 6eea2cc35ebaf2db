"""TOML to plain values, with the place of an error, and back. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Table: TypeAlias = dict[str, Any]
BARE = re.compile(r"[A-Za-z0-9_-]+")


class TomlTextError(ValueError):
    """It is no TOML; the text says what is wrong, with line and column."""


def parse(raw: bytes) -> Table:
    """Read a file.

    Args:
        raw: its bytes; none at all are an empty table.

    Raises:
        TomlTextError: it is no TOML.
    """
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TomlTextError(f"it is not UTF-8 (at line {line})") from error
    except tomllib.TOMLDecodeError as error:
        raise TomlTextError(f"it is no TOML: {error}") from error


def render(table: Mapping[str, Any]) -> str:
    """Write a table: values first, then the tables within it, each under its whole name.

    Args:
        table: plain values, lists and tables.
    """
    return "".join(f"{line}\n" for line in _lines(table, ()))


def at(table: object, *keys: str) -> object:
    """The value at the end of a path, None where the path ends before.

    Args:
        table: where it begins.
        keys: the path.
    """
    for key in keys:
        table = table.get(key) if isinstance(table, Mapping) else None
    return table


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    values = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if path and (values or not table):
        yield ""
        yield f"[{'.'.join(map(_key, path))}]"
    for key, value in values.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, (*path, key))


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_value, value)) + "]"
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


def _text(text: str) -> str:
    """JSON's escapes are TOML's, but for a character that it leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

"""As much YAML as CDI files are written in: block mappings and sequences of plain and quoted scalars."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_ODD = re.compile(
    r"^$|^[+-]?\d*\.?\d*$|^(true|false|null|yes|no|on|off|~)$|^[\s\[\]{}&*!|>'\"%@`,?#:]|^-( |$)|: | #|:$|\s$",
    re.IGNORECASE,
)
_PAIR = re.compile(r"""^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#][^:]*?):(?:\s+(.*))?$""")


class YamlError(ValueError):
    """The text is not of the part of YAML that is read here."""


class _Line(NamedTuple):
    indent: int
    text: str


def dump(value: dict[str, Any]) -> str:
    """A document as nvidia-ctk writes it: what is nested begins at the next column that four divides."""
    return "---\n" + "".join(f"{line}\n" for line in _lines(value, 0))


def _lines(value: Any, column: int) -> list[str]:
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _entry(key, item, column)]
    return [line for item in value for line in _item(item, column)]


def _entry(key: str, item: Any, column: int) -> list[str]:
    head = f"{' ' * column}{key}:"
    if isinstance(item, dict | list) and item:
        return [head, *_lines(item, column // 4 * 4 + 4)]
    return [f"{head} {_scalar(item)}"]


def _item(item: Any, column: int) -> list[str]:
    head = f"{' ' * column}- "
    if isinstance(item, dict | list) and item:
        first, *rest = _lines(item, column + 2)
        return [head + first.lstrip(), *rest]
    return [head + _scalar(item)]


def _scalar(value: Any) -> str:
    if isinstance(value, bool | dict | list):
        return {"True": "true", "False": "false"}.get(f"{value}", f"{value}")
    text = str(value)
    return f'"{text}"' if isinstance(value, str) and _ODD.search(text) else text


def load(text: str) -> Any:
    """The document.

    Raises:
        YamlError: it uses more of YAML than this.
    """
    lines = []
    for raw in text.splitlines():
        stripped = raw.strip()
        if stripped and not stripped.startswith("#") and stripped != "---":
            lines.append(_Line(len(raw) - len(raw.lstrip(" ")), stripped))
    value, rest = _block(lines, lines[0].indent if lines else 0)
    if rest:
        raise YamlError(f"unexpected line: {rest[0].text}")
    return value


def _block(lines: list[_Line], indent: int) -> tuple[Any, list[_Line]]:
    if lines and lines[0].text.startswith("- "):
        return _sequence(lines, indent)
    return _mapping(lines, indent)


def _sequence(lines: list[_Line], indent: int) -> tuple[list[Any], list[_Line]]:
    found: list[Any] = []
    while lines and lines[0].indent == indent and lines[0].text.startswith("- "):
        inner = lines[0].text[2:].lstrip()
        deeper = indent + len(lines[0].text) - len(inner)
        if _PAIR.match(inner):
            item, lines = _mapping([_Line(deeper, inner), *lines[1:]], deeper)
        else:
            item, lines = _value(inner), lines[1:]
        found.append(item)
    return found, lines


def _mapping(lines: list[_Line], indent: int) -> tuple[dict[str, Any], list[_Line]]:
    found: dict[str, Any] = {}
    while lines and lines[0].indent == indent and (pair := _PAIR.match(lines[0].text)):
        key, value = str(_value(pair[1])), pair[2]
        lines = lines[1:]
        below = lines[0] if lines else _Line(-1, "")
        if value:
            found[key] = _value(value)
        elif below.indent > indent or (below.indent == indent and below.text.startswith("- ")):
            found[key], lines = _block(lines, below.indent)
        else:
            found[key] = None
    return found, lines


def _value(text: str) -> Any:
    if text[:1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1 : text.rindex('"')])
    if text[:1] == "'":
        return text[1 : text.rindex("'")].replace("''", "'")
    plain = text.partition(" #")[0].rstrip()
    if flow := re.fullmatch(r"\[([^\[\]{}]*)\]", plain):
        return [_value(item.strip()) for item in flow[1].split(",") if item.strip()]
    words: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "{}": {}}
    if plain in words:
        return words[plain]
    if plain[:1] in tuple("{[&*!|>"):
        raise YamlError(f"not read here: {plain}")
    return int(plain) if re.fullmatch(r"-?\d+", plain) else plain

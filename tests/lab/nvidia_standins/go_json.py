"""JSON as Go's encoding/json reads and writes it, down to its messages: nvidia-ctk's results rest on that."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_SPACE = re.compile(rb"[ \t\r\n]*")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(rb'"((?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*)"')
_ESCAPE = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\(.)")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPED = {value: f"\\{key}" for key, value in _SHORT.items()} | {'"': '\\"', "\\": "\\\\"}
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f<>&\u2028\u2029]')
_WORDS = {b"true": True, b"false": False, b"null": None}
_LARGE, _SMALL = 1e21, 1e-6
"""From and below these Go writes a float with an exponent."""


class GoJsonError(ValueError):
    """What Go says about text that is no JSON."""


class _Reader(NamedTuple):
    text: bytes
    exact: bool

    def value(self, at: int) -> tuple[Any, int]:
        at = self.space(at)
        first = self.text[at : at + 1]
        if first == b"{":
            return self.object(at + 1)
        if first == b"[":
            return self.array(at + 1)
        if first == b'"':
            return self.string(at)
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, at):
                return meaning, at + len(word)
        if match := _NUMBER.match(self.text, at):
            return self.number(match[0].decode()), match.end()
        raise self.wrong(at, "looking for beginning of value")

    def object(self, at: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        at = self.space(at)
        if self.text[at : at + 1] == b"}":
            return found, at + 1
        while True:
            at = self.space(at)
            if self.text[at : at + 1] != b'"':
                raise self.wrong(at, "looking for beginning of object key string")
            key, at = self.string(at)
            at = self.after(self.space(at), b":", "after object key")
            found[key], at = self.value(at)
            at = self.space(at)
            if self.text[at : at + 1] == b"}":
                return found, at + 1
            at = self.after(at, b",", "after object key:value pair")

    def array(self, at: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        at = self.space(at)
        if self.text[at : at + 1] == b"]":
            return found, at + 1
        while True:
            item, at = self.value(at)
            found.append(item)
            at = self.space(at)
            if self.text[at : at + 1] == b"]":
                return found, at + 1
            at = self.after(at, b",", "after array element")

    def string(self, at: int) -> tuple[str, int]:
        match = _STRING.match(self.text, at)
        if match is None:
            raise self.wrong(len(self.text), "") if b'"' not in self.text[at + 1 :] else self.wrong(at, "in string")
        return _ESCAPE.sub(_unescape, match[1].decode(errors="replace")), match.end()

    def number(self, digits: str) -> float:
        return int(digits) if self.exact and digits.lstrip("-").isdigit() else float(digits)

    def space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def after(self, at: int, mark: bytes, where: str) -> int:
        if self.text[at : at + 1] != mark:
            raise self.wrong(at, where)
        return at + 1

    def wrong(self, at: int, where: str) -> GoJsonError:
        if at >= len(self.text):
            return GoJsonError("unexpected EOF")
        return GoJsonError(f"invalid character {chr(self.text[at])!r} {where}")


def _unescape(match: re.Match[str]) -> str:
    if match[2]:
        return _SHORT.get(match[2], match[2])
    units = b"".join(bytes.fromhex(unit) for unit in match[1].split("\\u")[1:])
    return units.decode("utf-16-be", errors="replace")


def decode(text: bytes, *, exact: bool = False) -> Any:
    """The first JSON value of `text`, as Go's Decoder reads it into an `any`; what follows it is not looked at.

    Args:
        text: UTF-8.
        exact: keep whole numbers; Go makes every number a float64 when it isn't told otherwise.

    Raises:
        GoJsonError: with Go's words.
    """
    reader = _Reader(text, exact)
    start = reader.space(0)
    if start == len(text):
        raise GoJsonError("EOF")
    return reader.value(start)[0]


def encode(value: Any, indent: str = "    ", margin: str = "") -> str:
    """Text as Go's MarshalIndent makes it: keys sorted, `<`, `>` and `&` escaped."""
    inner = margin + indent
    if isinstance(value, dict) and value:
        rows = [f"{inner}{_quoted(key)}: {encode(value[key], indent, inner)}" for key in sorted(value)]
        return "{\n" + ",\n".join(rows) + f"\n{margin}}}"
    if isinstance(value, list) and value:
        rows = [f"{inner}{encode(item, indent, inner)}" for item in value]
        return "[\n" + ",\n".join(rows) + f"\n{margin}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return _float(value)
    return str(value) if isinstance(value, int) else "{}" if isinstance(value, dict) else "[]"


def _quoted(text: str) -> str:
    return '"' + _TO_ESCAPE.sub(lambda match: _ESCAPED.get(match[0], f"\\u{ord(match[0]):04x}"), text) + '"'


def _float(value: float) -> str:
    sign, digits, exponent = _decimal(abs(value))
    sign = "-" if value < 0 else ""
    if value and not _SMALL <= abs(value) < _LARGE:
        mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
        return f"{sign}{mantissa}e{exponent - 1:+03d}".replace("e-0", "e-")
    if exponent <= 0:
        return f"{sign}0.{'0' * -exponent}{digits}" if value else f"{sign}0"
    whole = digits[:exponent].ljust(exponent, "0")
    return f"{sign}{whole}" + (f".{digits[exponent:]}" if digits[exponent:] else "")


def _decimal(value: float) -> tuple[str, str, int]:
    """The shortest digits that name `value`, and where the point stands: 0.DIGITS times ten to that power."""
    mantissa, _, power = f"{value!r}".partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    leading = len(whole + part) - len(digits)
    return "", digits.rstrip("0") or "0", len(whole) - leading + int(power or 0)

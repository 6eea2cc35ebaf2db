r"""JSON values that keep the spelling that they were written with.

`json.loads` and `json.dumps` turn 1.0e3 into 1000.0 and `\u00e9` into another spelling. A file that belongs to
somebody else must come back as it was written, so strings, numbers and literals are kept as text here, and compared
by what they mean.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

INDENT = " " * 4


@dataclass(frozen=True)
class Scalar:
    """A string, number, true, false or null.

    Attributes:
        text: as it stands in the file, quotes and escapes included.
    """

    text: str

    @cached_property
    def value(self) -> str | bool | Decimal | None:
        """What the text means; numbers exactly, so 1.0e3 equals 1000 and 12345678901234567 stays itself."""
        if self.text[0] in "-0123456789":
            return Decimal(self.text)
        meaning: str | bool | None = json.loads(self.text)
        return meaning


Tree: TypeAlias = dict[str, "Tree"] | list["Tree"] | Scalar
Object: TypeAlias = dict[str, Tree]


def from_plain(value: object) -> Tree:
    """A tree of declared values (what YAML and Python literals give).

    Raises:
        ValueError: a value that JSON has no form for.
    """
    if isinstance(value, dict):
        return {str(key): from_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [from_plain(item) for item in value]
    try:
        return Scalar(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{value!r} has no form in JSON") from error


def value_of(tree: Tree | None) -> object:
    """The value of a string, number, true or false; None for null, for no value, and for an object or array."""
    return tree.value if isinstance(tree, Scalar) else None


def same(one: Tree | None, other: Tree | None) -> bool:
    """Whether two values mean the same: key order and spelling are no difference; None is no value at all."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return type(one.value) is type(other.value) and one.value == other.value
    return one is None and other is None


def compact(tree: Tree) -> str:
    """The text on one line, for messages."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {compact(item)}" for key, item in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(compact, tree)) + "]"
    return tree.text


def render(tree: Tree) -> str:
    """The text of a file: every value as it was written, keys in order, 4 spaces, a newline at the end."""
    return "".join(_rendered(tree, "")) + "\n"


def _rendered(tree: Tree, margin: str) -> Iterator[str]:
    if isinstance(tree, Scalar) or not tree:
        yield compact(tree)
        return
    inner = margin + INDENT
    items = [(f"{_quoted(key)}: ", tree[key]) for key in tree] if isinstance(tree, dict) else [("", i) for i in tree]
    begin, end = "{}" if isinstance(tree, dict) else "[]"
    separator = begin
    for label, item in items:
        yield f"{separator}\n{inner}{label}"
        yield from _rendered(item, inner)
        separator = ","
    yield f"\n{margin}{end}"


def _quoted(key: str) -> str:
    half = any("\ud800" <= letter <= "\udfff" for letter in key)  # half a surrogate pair has no UTF-8
    return json.dumps(key, ensure_ascii=half)

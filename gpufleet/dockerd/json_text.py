"""The JSON object that a file holds, byte order marks and empty files read as people mean them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from gpufleet.dockerd.json_reader import JsonTextError, after_blank, parse

if TYPE_CHECKING:
    from gpufleet.dockerd.json_tree import Object

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(raw: bytes) -> str:
    """Text of a file: UTF-8, or what a byte order mark at its start says (Notepad and PowerShell write them).

    Raises:
        JsonTextError: bytes that are no text in that encoding.
    """
    mark, encoding = next(((m, e) for m, e in _BYTE_ORDER_MARKS if raw.startswith(m)), (b"", "utf-8"))
    body = raw[len(mark) :]
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding)
        raise JsonTextError(f"a byte that is not {encoding.upper()} text", before, len(before)) from error


def parse_object(raw: bytes) -> Object:
    """The object that a file holds; an empty file holds an empty one.

    Raises:
        JsonTextError: no JSON, or another kind of value than an object.
    """
    text = decode(raw)
    if not text.strip():
        return {}
    tree = parse(text)
    if isinstance(tree, dict):
        return tree
    kind = "an array" if isinstance(tree, list) else "null" if tree.value is None else "a single value"
    raise JsonTextError(f"{kind}, where an object {{...}} is wanted", text, after_blank(text, 0))

"""Reads JSON text (RFC 8259), and says by line and column what is wrong with text that is none.

Stricter than most readers in one point: a key given twice is an error, because readers disagree about its value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gpufleet.dockerd.json_tree import Object, Scalar, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 100
"""How deep objects and arrays may lie in each other, so that a hostile file cannot exhaust the stack."""

_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])"
_NUMBER_OR_NAME = re.compile(rf"{_NUMBER}|(?:true|false|null)(?!\w)")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')


class JsonTextError(ValueError):
    """A text is not the JSON that was wanted.

    Attributes:
        reason: what is wrong, in words, without anything from the text that could be a secret.
        line: counted from 1.
        column: in characters, counted from 1.
    """

    def __init__(self, reason: str, text: str, position: int) -> None:
        self.reason = reason
        self.line = text.count("\n", 0, position) + 1
        self.column = position - text.rfind("\n", 0, position)
        super().__init__(f"line {self.line}, column {self.column}: {reason}")


def parse(text: str) -> Tree:
    """The value that a text holds, every scalar as it is spelled there.

    Raises:
        JsonTextError: no JSON.
    """
    return _Reader(text).whole()


def after_blank(text: str, position: int) -> int:
    """Where the next character stands that is no blank."""
    blank = _BLANK.match(text, position)
    return blank.end() if blank else position


class _Reader:
    """Reads one text from its beginning to its end; `at` is the position of the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Tree:
        tree = self.value(0)
        if self.peek():
            raise self.problem(f"{self.found()} after the end of the value")
        return tree

    def peek(self) -> str:
        self.at = after_blank(self.text, self.at)
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Tree:
        first = self.peek()
        if depth > DEEPEST:
            raise self.problem(f"more than {DEEPEST} objects and arrays in each other")
        if first == "{":
            return self.object(depth)
        if first == "[":
            return [self.value(depth + 1) for _ in self.members("]")]
        return Scalar(self.string() if first == '"' else self.number_or_name())

    def object(self, depth: int) -> Object:
        members: Object = {}
        for _ in self.members("}"):
            if self.peek() != '"':
                raise self.problem(f"{self.found()}, where a key in double quotes is wanted")
            start = self.at
            key: str = json.loads(self.string())
            if key in members:
                self.at = start
                raise self.problem(f'the key "{key}" for the second time')
            self.expect(":", '":"')
            members[key] = self.value(depth + 1)
        return members

    def members(self, end: str) -> Iterator[None]:
        """Stop at each member of the object or array that begins here; `end` closes it."""
        self.at += 1
        if self.peek() != end:
            yield
        while self.peek() != end:
            comma = self.at
            self.expect(",", f'"," or "{end}"')
            if self.peek() == end:
                self.at = comma
                raise self.problem(f'a comma before "{end}"')
            yield
        self.at += 1

    def expect(self, character: str, wanted: str) -> None:
        if self.peek() != character:
            raise self.problem(f"{self.found()}, where {wanted} is wanted")
        self.at += 1

    def string(self) -> str:
        match = _STRING.match(self.text, self.at)
        if not match:
            raise self.problem("a string without an end on its line, or with a character or escape that JSON has not")
        self.at = match.end()
        return match.group()

    def number_or_name(self) -> str:
        match = _NUMBER_OR_NAME.match(self.text, self.at)
        if not match:
            raise self.problem(f"{self.found()}, where a value is wanted")
        self.at = match.end()
        return match.group()

    def found(self) -> str:
        rest = self.text[self.at :]
        if rest.startswith(("//", "/*", "#")):
            return "a comment (JSON has none)"
        return f'"{rest[0]}"' if rest else "the end of the file"

    def problem(self, reason: str) -> JsonTextError:
        return JsonTextError(reason, self.text, self.at)

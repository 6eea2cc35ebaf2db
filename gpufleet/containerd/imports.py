"""The list `imports` of a config.toml, changed within its text: every other byte stays as it is. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gpufleet.containerd.toml_text import TomlTextError, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIST = re.compile(r"^[ \t]*imports[ \t]*=[ \t]*\[", re.MULTILINE)
ELEMENT = re.compile(r"""\#[^\n]*|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\]""")
VERSION = re.compile(r"^version[ \t]*=[^\n]*(?:\n|\Z)", re.MULTILINE)
STATEMENT = re.compile(r"^[ \t]*[^#\s]", re.MULTILINE)


class ImportsError(ValueError):
    """The list is written in a way that is not changed here."""


def imports(raw: bytes) -> list[str]:
    """What a file imports.

    Args:
        raw: its bytes.

    Raises:
        TomlTextError: it is no TOML.
    """
    found = parse(raw).get("imports")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def with_import(raw: bytes, path: str) -> bytes:
    """The file with one more import, the last one.

    Args:
        raw: its bytes.
        path: what is imported.

    Raises:
        TomlTextError: it is no TOML.
        ImportsError: its list is written in a way that is not changed here.
    """
    wanted = [*imports(raw), path]
    text = raw.decode()
    tries = _longer(text, path) if "imports" in parse(raw) else _new(text, path)
    return _first(tries, raw, wanted)


def without_import(raw: bytes, path: str) -> bytes:
    """The file without an import; what `with_import` made becomes byte for byte what it was.

    Args:
        raw: its bytes.
        path: what is not to be imported.

    Raises:
        TomlTextError: it is no TOML.
        ImportsError: its list is written in a way that is not changed here.
    """
    present = imports(raw)
    if path not in present:
        return raw  # a comment may name it
    wanted = [each for each in present if each != path]
    return _first(_shorter(raw.decode(), path), raw, wanted)


def _first(tries: Iterable[str], raw: bytes, wanted: list[str]) -> bytes:
    """The first text that means the same as before but for this list."""
    before = {key: value for key, value in parse(raw).items() if key != "imports"}
    for text in tries:
        try:
            after = parse(text.encode())
        except TomlTextError:
            continue
        if after.pop("imports", []) == wanted and after == before:
            return text.encode()
    raise ImportsError("its list `imports` is written in a way that gpufleet does not change")


def _new(text: str, path: str) -> Iterator[str]:
    """As a line of its own: behind the version, else in front of whatever is said first."""
    end = "\r\n" if "\r\n" in text else "\n"
    line = f'imports = ["{path}"]'
    places = [found.end() for found in VERSION.finditer(text)] + [found.start() for found in STATEMENT.finditer(text)]
    for place in [*places, len(text)]:
        before, after = text[:place], text[place:]
        yield f"{before}{line}{end}{after}" if not before or before.endswith("\n") else f"{before}{end}{line}{after}"


def _longer(text: str, path: str) -> Iterator[str]:
    for start, ends in _lists(text):
        place, more = (ends[-1], f', "{path}"') if ends else (start, f'"{path}",')
        yield text[:place] + more + text[place:]


def _lists(text: str) -> Iterator[tuple[int, list[int]]]:
    """Where each list begins, and where each of its elements ends."""
    for found in LIST.finditer(text):
        ends: list[int] = []
        for token in ELEMENT.finditer(text, found.end()):
            if token[0] == "]":
                break
            if token[0][0] != "#":
                ends.append(token.end())
        yield found.end(), ends


def _shorter(text: str, path: str) -> Iterator[str]:
    """First what `_new` and `_longer` make, to the byte; then what a person may have made of it."""
    element = re.escape(f'"{path}"')
    for form in (
        rf"^imports = \[{element}\]\r?\n",
        rf"\r?\nimports = \[{element}\]\Z",
        rf", {element}",
        rf"(?<=\[){element},(?=(?:\s|#[^\n]*)*+\])",  # there was none: blanks and comments are the user's
        rf"{element}\s*,\s*",
        rf"\s*,\s*{element}",
        element,
    ):
        for found in re.finditer(form, text, re.MULTILINE):
            yield text[: found.start()] + text[found.end() :]

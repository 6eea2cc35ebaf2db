r"""Hides the secrets in a text that may be anything: a command, a configuration file, a message. Pure.

A secret is known by the name in front of it, or by its place in a URL. Every expression here takes time linear in the
text: it never goes back into what it has passed (`(?>...)`, `*+`, `++`), and what is looked at and left is short.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
SECRET_NAME = re.compile(
    r"token(?!i[sz])|passw|passphrase|secret|credential|api[-_.]?key|(?<![a-z])(?:auth|username)(?![\w-])",
    re.IGNORECASE,
)
"""A tokenizer is none, nor an author. `auth` is user and password of a registry (Docker's config.json, containerd)."""
_TELLING = ("token", "passw", "passphrase", "secret", "credential", "api", "auth", "username")
"""One of these, in small letters, is in every text with such a name: the quick look that nearly all texts end with."""
_URL = re.compile(r"(?<=//)[^/\s\"]+(?=@)")
"""Up to the last @ before the path: a password may hold one."""
_NAME = rf"(?<![\w.-])(?P<name>(?>[\w.-]*?(?:{SECRET_NAME.pattern}))[\w.-]*+)"
_ASSIGNS = r"(?P<assigns>\\*+[\"']?+[ \t]*+(?::?={1,2}|:(?![/:]))[ \t]*+)"
_FOLLOWS = r"(?P<follows>[\"'],\s*+|(?:[ \t]|\\\n)++)(?!-)"
"""Behind an option: the next word, or the next item of a list."""
_NAMED = re.compile(f"{_NAME}(?:{_ASSIGNS}|{_FOLLOWS})", re.IGNORECASE)
_QUOTED = r"(?:\"(?:[^\"\\\n]|\\[^\n])*+\"?+|'(?:[^'\\\n]|\\[^\n])*+'?+)"
"""To the end of the line where the closing quote is missing."""
_TEXT = r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^']|'(?!''))*+'''"
"""TOML's, of several lines."""
_LIST = rf"[\[{{](?:\\++[\"']?|{_QUOTED}|[^\]}}\n\"'\\])++[\]}}]?+"
"""A bracket within quotes ends none."""
_HEADER = re.compile(
    rf"(authorization\\*+[\"']?+[ \t]*+[:=][ \t]*+\\*+[\"']?+)(?:{_LIST}|[^\s\"'\\][^\n\"'\\]*+)", re.IGNORECASE
)
_INSIDE = r"[\"'](?![\s,;:}\])]|\Z)"
"""A quote that goes on with a word; another one ends a string around it."""
_VALUE = re.compile(
    rf"(?s:{_TEXT})|\*\*\*(?=[\]}}]++(?:\s|\Z))|{_QUOTED}(?:(?={_INSIDE}){_QUOTED}|[^\s\"',;:}}\])]++)*+"
    r"|(?P<escaped>\\++[\"'])(?:[^\"'\\\n]|\\[^\"'\n])*+"
    rf"|{_LIST}"
    rf"|[^\s\"'\[{{](?:[^\s\"']|{_INSIDE})*+"
)
_ARGUMENT = re.compile(r"(?P<name>[\w.-]+)=(?P<value>.+)", re.DOTALL)
_OF_FILES = re.compile(r"(?:file|path|dir|folder)$", re.IGNORECASE)
_NUMBER = re.compile(r"[\"']?\d{1,9}(?![^\s,}\])\"'])")


def hidden(text: str) -> str:
    """A text with `***` in place of the secrets in it.

    Those are credentials in URLs, what an Authorization header holds, and what follows a telling name: `API_TOKEN=...`,
    `--ServerApp.token ...`, `"password": "..."`, `secret: ...`. The path of a file and a number of tokens are none.

    Args:
        text: of any length.
    """
    text = _URL.sub(MASK, text) if "@" in text else text
    small = text.lower()
    if "authorization" in small:
        text = _HEADER.sub(rf"\1{MASK}", text)
    return "".join(_without_named(text)) if any(word in small for word in _TELLING) else text


def hidden_words(words: Iterable[str]) -> list[str]:
    """The words of a command, each a secret or none as a whole, with `***` in place of the secrets.

    Args:
        words: as a process gets them.
    """
    shown: list[str] = []
    option = ""
    for word in words:
        assigned = _ARGUMENT.fullmatch(word)
        if _is_secret(option, word) and not word.startswith("-"):
            shown.append(MASK)
        elif assigned and _is_secret(*assigned.groups()):
            shown.append(f"{assigned['name']}={MASK}")
        else:
            shown.append(hidden(word))
        option = word if word.startswith("-") and "=" not in word else ""
    return shown


def _without_named(text: str) -> Iterator[str]:
    """The text in pieces, masks in place of what telling names stand for."""
    at = 0
    while found := _NAMED.search(text, at):
        value = _VALUE.match(text, found.end()) if _tells(found, text[found.end() : found.end() + 12]) else None
        yield text[at : found.end()]
        at = found.end()
        if value:
            yield _mask(value, in_json=(found["assigns"] or " ")[0] in "\"'\\")
            at = value.end()
    yield text[at:]


def _tells(found: re.Match[str], beginning: str) -> bool:
    """Whether a secret follows; of what follows, the beginning."""
    name, assigns = found["name"], found["assigns"]
    if not assigns:
        return name.startswith("-") and _is_secret(name, beginning)
    before = found.string[max(0, found.start() - 200) : found.start()]
    if ":" in assigns and before.endswith("/"):  # a message about a file, an image with its tag, a host with its port
        return assigns != ":" and not before.split()[-1].lstrip("\"'(=").startswith("/") and _is_secret(name, beginning)
    return _is_secret(name, beginning)


def _is_secret(name: str, value: str) -> bool:
    if SECRET_NAME.search(name) is None or (_OF_FILES.search(name) and value.lstrip("\"'").startswith("/")):
        return False
    return not (name.lower().endswith("tokens") and _NUMBER.match(value))


def _mask(value: re.Match[str], *, in_json: bool) -> str:
    """The mask, in the quotes of the value if it has any."""
    text = value[0]
    if text[0] in "\"'":
        return f"{text[0]}{MASK}{text[0]}"
    if value["escaped"]:
        return f"{value['escaped']}{MASK}"
    return MASK + (text[len(text.rstrip("]},")) :] if in_json and text[0] not in "[{" else "")

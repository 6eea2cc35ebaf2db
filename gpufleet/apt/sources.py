"""Finds and removes the entries for one repository in apt's source files, one-line (`.list`) and deb822 (`.sources`).

apt refuses everything, not only one repository, when two entries for the same one name different keyrings
("Conflicting values set for option Signed-By"); left-overs of older articles are the usual reason.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ONE_LINE = re.compile(r"^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s*)?(?P<uri>\S+)")
URIS = re.compile(r"^URIs:.*\n?(?:[ \t#].*\n?)*", re.IGNORECASE | re.MULTILINE)
"""The field with its further lines, comments among them."""
SWITCHED_OFF = re.compile(r"^Enabled:\s*(?:no|false|without|off|disable)\s*$", re.IGNORECASE | re.MULTILINE)
DISABLED = "Enabled: no\n"
"""What switches off a stanza of ours."""


def without(path: str, text: str, repository: str) -> str:
    """A source file's text without the entries for a repository.

    Args:
        path: of the file; `.sources` files are read as deb822, others as one entry a line.
        text: its content.
        repository: host and path, as `download.docker.com/linux`; entries for anything below it go, whatever
            their scheme.

    Returns:
        The text without them, the same text where there is none.
    """
    if path.endswith(".sources"):
        stanzas = re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))
        cleaned = [_stanza_without(stanza, repository) for stanza in stanzas]
        return text if cleaned == stanzas else "".join(f"{stanza}\n\n" for stanza in cleaned if stanza)[:-1]
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not _line_names(line, repository))


def is_empty(text: str) -> bool:
    """Nothing but comments and blank lines is left."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def clashes(files: Mapping[str, str], repositories: Iterable[str], own: str | None) -> dict[str, str]:
    """Files other than ours that have entries for our repository.

    Args:
        files: the text of every source file, by path.
        repositories: host and path of it, as `download.docker.com/linux`, and of others whose entries go too.
        own: path of the one file that may have them; None where none may.

    Returns:
        By path, the text that each of those files has without them.
    """
    cleaned = {path: text for path, text in files.items() if path != own}
    for repository in repositories:
        cleaned = {path: without(path, text, repository) for path, text in cleaned.items()}
    return {path: text for path, text in cleaned.items() if text != files[path]}


def repository_name(url: str) -> str:
    """Host and path of a repository's URL: `download.docker.com/linux`."""
    return re.sub(r"^[a-z+]+://(?:[^/@]*@)?", "", url).rstrip("/")


def _line_names(line: str, repository: str) -> bool:
    found = ONE_LINE.match(line)
    return bool(found and _is_below(found["uri"], repository))


def _stanza_without(stanza: str, repository: str) -> str:
    """A stanza less the addresses below a repository; nothing where it has no others."""
    field = None if SWITCHED_OFF.search(stanza) else URIS.search(stanza)
    if field is None:
        return stanza
    lines = field[0].splitlines(keepends=True)
    uris = [uri for line in lines if not line.startswith("#") for uri in line[len(_label(line)) :].split()]
    if not any(_is_below(uri, repository) for uri in uris):
        return stanza
    if all(_is_below(uri, repository) for uri in uris):
        return ""
    kept = "".join(line if line.startswith("#") else _uris_without(line, repository) for line in lines)
    return stanza[: field.start()] + kept + stanza[field.end() :]


def _uris_without(line: str, repository: str) -> str:
    label = _label(line)
    rest = re.sub(r"[ \t]*\S+", lambda uri: "" if _is_below(uri[0].strip(), repository) else uri[0], line[len(label) :])
    return label + rest if label or rest.strip() else ""


def _label(line: str) -> str:
    found = re.match(r"URIs:", line, re.IGNORECASE)
    return found[0] if found else ""


def _is_below(uri: str, repository: str) -> bool:
    return f"{repository_name(uri)}/".startswith(f"{repository}/")

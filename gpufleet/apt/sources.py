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
URIS = re.compile(r"^URIs:(?P<uris>.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
DISABLED = re.compile(r"^Enabled:\s*(?:no|false|without|off|disable)\s*$", re.IGNORECASE | re.MULTILINE)


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
        kept = [stanza for stanza in stanzas if not _stanza_names(stanza, repository)]
        return text if len(kept) == len(stanzas) else "".join(f"{stanza}\n\n" for stanza in kept)[:-1]
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


def _stanza_names(stanza: str, repository: str) -> bool:
    effective = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
    found = URIS.search(effective)
    uris = found["uris"].split() if found and not DISABLED.search(effective) else []
    return any(_is_below(uri, repository) for uri in uris)


def _is_below(uri: str, repository: str) -> bool:
    return f"{repository_name(uri)}/".startswith(f"{repository}/")

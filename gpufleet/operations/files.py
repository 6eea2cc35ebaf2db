"""Whole files, placed so that a reader never sees half of one.

pyinfra's `files.put` copies onto the destination and sets the mode afterwards: a reader can meet a file cut short, and
a secret stands readable for a moment.
"""

from __future__ import annotations

import base64
from difflib import unified_diff

from pyinfra import host
from pyinfra.api import HiddenValue, QuoteString, StringCommand, operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileContent, FileState
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin, refuse

WRITE = (
    'set -eu; umask 077; mkdir -p -m 755 "$(dirname "$1")"; new=$(mktemp "$(dirname "$1")/.gpufleet.XXXXXX"); '
    'trap \'rm -f "$new"\' EXIT; printf %s "$4" | base64 -d > "$new"; chown "$3" "$new"; chmod "$2" "$new"; '
    'sync "$new"; mv -f "$new" "$1"; sync "$(dirname "$1")"'
)


def write_file(path: str, content: bytes, mode: str = "644", owner: str = "root:root") -> StringCommand:
    """A command that replaces a file whole: temporary file, final mode and owner, fsync, rename.

    Args:
        path: where it goes; the folder is made when missing.
        content: its bytes, at most about 90 kB (Linux allows 128 KiB in one argument).
        mode: permissions, as `644`.
        owner: user and group, as `root:root`.

    Returns:
        The command; its content is not shown in logs.
    """
    encoded = HiddenValue(base64.b64encode(content).decode())
    return StringCommand("sh -c", QuoteString(WRITE), "sh", QuoteString(path), mode, owner, QuoteString(encoded))


def text_diff(path: str, before: bytes, after: bytes) -> str:
    """A unified diff of two versions of a text file."""
    old, new = (side.decode(errors="replace").splitlines(keepends=True) for side in (before, after))
    return "".join(unified_diff(old, new, f"{path} (host)", f"{path} (declared)"))


@operation()
def file(path: str, content: bytes, mode: str = "644", *, secret: bool = False) -> Commands:
    """Have exactly this file, owned by root.

    Args:
        path: where it lies.
        content: its bytes.
        mode: its permissions, as `644`.
        secret: leave its content out of the finding.
    """
    found = host.get_fact(FileContent, path=path)
    if isinstance(found, Unreadable):
        yield from refuse(path, expected="a readable file", observed=found.why, way_out="Look at what is in its place.")
        return
    if found == FileState(content, mode, "root:root"):
        host.noop(f"{path} is as declared")
        return
    yield from begin(_difference(path, found, content, secret=secret))
    yield write_file(path, content, mode)


def _difference(path: str, found: FileState | None, content: bytes, *, secret: bool) -> Difference:
    if found is None:
        return Difference(kind="config", resource=path, expected="the declared file", observed="no file")
    if found.content == content:
        observed = f"mode {found.mode}, owner {found.owner}"
        return Difference(kind="config", resource=path, expected="the declared mode and owner", observed=observed)
    diff = None if secret else text_diff(path, found.content, content)
    return Difference(
        kind="config", resource=path, expected="the declared content", observed="other content", diff=diff
    )

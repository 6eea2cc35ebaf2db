"""Whole files, placed so that a reader never sees half of one.

pyinfra's `files.put` copies onto the destination and sets the mode afterwards: a reader can meet a file cut short, and
a secret stands readable for a moment.
"""

from __future__ import annotations

import base64
from difflib import unified_diff
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import HiddenValue, QuoteString, StringCommand, operation

from gpufleet.facts.files import FileContent, FileState
from gpufleet.finding import Difference
from gpufleet.operations.before import FUNCTIONS
from gpufleet.operations.change import Commands, begin
from gpufleet.secret_texts import hidden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.facts.answer import Unreadable

WRITE = (
    f"{FUNCTIONS}\n"
    'set -eu; umask 077; keep_before "$1"; mkdir -p -m 755 "$(dirname "$1")"; '
    'new=$(mktemp "$(dirname "$1")/.gpufleet.XXXXXX"); '
    'trap \'rm -f "$new"\' EXIT; printf %s "${4-$(cat)}" | base64 -d > "$new"; chown "$3" "$new"; chmod "$2" "$new"; '
    'sync "$new"; mv -f "$new" "$1"; sync "$(dirname "$1")"'
)


@operation()
def whole_file(path: str, text: str, mode: str = "644") -> Commands:
    """Have a file of root's with exactly this content.

    Args:
        path: where it lies.
        text: its content.
        mode: permissions, as `644`.
    """
    differences = list(file_difference(path, text, mode, host.get_fact(FileContent, path=path)))
    if not differences:
        host.noop(f"{path} is as declared")
        return
    yield from begin(*differences)
    yield write_file(path, text.encode(), mode)


def file_difference(path: str, text: str, mode: str, found: FileState | Unreadable | None) -> Iterator[Difference]:
    """How a file differs from what is declared, if it does.

    Args:
        path: where it lies.
        text: the declared content.
        mode: the declared permissions; it is to belong to root.
        found: the file.
    """
    wanted = FileState(text.encode(), mode, "root:root")
    if found == wanted:
        return
    expected = f"the declared content, mode {mode}, owner root:root"
    if isinstance(found, FileState):
        same = found.content == wanted.content
        observed = f"mode {found.mode}, owner {found.owner}" if same else "another content"
        diff = text_diff(path, found.content, wanted.content) or None
        since = found.changed
        yield Difference(kind="config", resource=path, expected=expected, observed=observed, diff=diff, since=since)
    else:
        yield Difference(kind="config", resource=path, expected=expected, observed=found.why if found else "no file")


def write_file(
    path: str, content: bytes, mode: str = "644", owner: str = "root:root", *, secret: bool = False
) -> StringCommand:
    """A command that replaces a file whole: temporary file, final mode and owner, fsync, rename.

    What lay there before is remembered the first time, for a removal (`gpufleet.operations.before`).

    Args:
        path: where it goes; the folder is made when missing.
        content: its bytes, at most about 90 kB (Linux allows 128 KiB in one argument).
        mode: permissions, as `644`.
        owner: user and group, as `root:root`.
        secret: hand the content over on stdin: sudo logs arguments on the host, and everybody there sees them.

    Returns:
        The command; its content is not shown in logs of this machine.
    """
    encoded = base64.b64encode(content).decode()
    words = ("sh -c", QuoteString(WRITE), "sh", QuoteString(path), mode, owner)
    return StringCommand(*words, _stdin=encoded) if secret else StringCommand(*words, QuoteString(HiddenValue(encoded)))


def text_diff(path: str, before: bytes, after: bytes) -> str:
    """A unified diff of two versions of a text file, without the secrets in it."""
    old, new = (hidden(side.decode(errors="replace")).splitlines(keepends=True) for side in (before, after))
    return "".join(unified_diff(old, new, f"{path} (host)", f"{path} (declared)"))

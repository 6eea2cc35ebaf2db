"""Whole files, placed so that a reader never sees half of one.

pyinfra's `files.put` copies onto the destination and sets the mode afterwards: a reader can meet a file cut short, and
a secret stands readable for a moment.
"""

from __future__ import annotations

import base64
from difflib import unified_diff

from pyinfra.api import HiddenValue, QuoteString, StringCommand

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

"""Files in people's own folders that are kept as declared until somebody edits them. Pure.

Their first line, a comment, holds a hash of the rest: a file that no longer fits its own hash is its editor's.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

State = Literal["absent", "as declared", "outdated", "edited"]
"""What became of an offered file; `edited` also where it never was one."""
DIGITS = 16
"""Of the hash in the first line."""

_MARK = re.compile(rb"// gpufleet ([0-9a-f]{%d}): [^\n]*\n" % DIGITS)


def offered(text: str) -> str:
    """A text with the line by which it is known again.

    Args:
        text: in a language whose comments begin with `//`, as VS Code's settings.
    """
    return f"// gpufleet {_hash(text.encode())}: kept as declared until you edit it; delete it to have it again\n{text}"


def state(found: bytes | None, text: str) -> State:
    """What became of an offered file.

    Args:
        found: what lies in its place, None where nothing does. Line ends may have become those of Windows.
        text: what is declared, without the line that `offered` adds.
    """
    if found is None:
        return "absent"
    plain = found.replace(b"\r\n", b"\n")
    if plain == offered(text).encode():
        return "as declared"
    mark = _MARK.match(plain)
    untouched = mark is not None and mark[1].decode() == _hash(plain[mark.end() :])
    return "outdated" if untouched else "edited"


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:DIGITS]

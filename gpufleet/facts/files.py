"""Whole files of a host, with their mode and owner."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

from gpufleet.facts.answer import Unreadable


@dataclass(frozen=True)
class FileState:
    """A file as it lies on a host.

    Attributes:
        content: its bytes.
        mode: its permissions, as `644`.
        owner: user and group, as `root:root`.
        changed: when content, mode, owner or name last changed, in seconds since the epoch; makes no file another one.
    """

    content: bytes
    mode: str
    owner: str
    changed: float | None = field(default=None, compare=False)


class FileContent(FactBase[FileState | Unreadable | None]):
    """A regular file (symbolic links followed): its state, None when there is none, `Unreadable` otherwise."""

    SCRIPT = (
        'if [ -f "$f" ]; then stat -L -c "%a %U:%G %Z" "$f"; base64 -w 0 < "$f" || echo "!unreadable"; echo; '
        'elif [ -e "$f" ] || [ -L "$f" ]; then echo "!not a regular file"; else echo absent; fi'
    )

    def command(self, path: str) -> StringCommand:
        """Read the file at `path`."""
        return StringCommand("exec 2>&1;", StringCommand("f=", QuoteString(path), _separator=""), f"; {self.SCRIPT}")

    def process(self, output: list[str]) -> FileState | Unreadable | None:
        """Decode what the script printed."""
        trouble = next((line for line in output if line.startswith("!")), None)
        if trouble:
            return Unreadable("; ".join(line.removeprefix("!") for line in output))
        if output == ["absent"]:
            return None
        try:
            mode, owner, changed = output[0].split()
            return FileState(base64.b64decode("".join(output[1:]), validate=True), mode, owner, float(changed))
        except ValueError as error:
            raise FactProcessError(f"unexpected answer for a file: {output[:3]}: {error}") from error

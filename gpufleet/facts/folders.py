"""What lies at paths of a host, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class PathState:
    """What lies at a path, symbolic links followed.

    Attributes:
        kind: `directory`, `regular file`, … as stat(1) calls it; `symbolic link` for one that leads nowhere.
        uid: its owner.
        gid: its group.
        mode: permissions, in octal digits.
        direct: no part of the path is a symbolic link.
        empty: it is a folder with nothing in it.
    """

    kind: str
    uid: int
    gid: int
    mode: str
    direct: bool
    empty: bool = False

    def lets_write(self, uid: int, gid: int) -> bool:
        """Whether a process of this user and group, and of no other group, may write there."""
        bits = int(self.mode, 8)
        if uid == 0:
            return True
        if uid == self.uid:
            return bool(bits & 0o200)
        return bool(bits & (0o020 if gid == self.gid else 0o002))


class Paths(FactBase[dict[str, PathState]]):
    """What lies at each of some paths; those where nothing lies are missing."""

    SCRIPT = (
        'export LC_ALL=C; for path; do if [ -e "$path" ]; then follow=-L; elif [ -L "$path" ]; then follow=; '
        'else continue; fi; [ "$(realpath -m "$path")" = "$path" ] && direct=yes || direct=no; '
        '[ -d "$path" ] && [ -z "$(ls -A "$path")" ] && empty=yes || empty=no; '
        'printf "%s|%s|%s|%s\\n" "$direct" "$empty" "$(stat $follow -c "%F|%u|%g|%a" "$path")" "$path"; done; echo end'
    )

    def command(self, paths: Sequence[str]) -> StringCommand:
        """Look at `paths`, which are absolute."""
        return StringCommand("sh -c", QuoteString(self.SCRIPT), "sh", *map(QuoteString, paths))

    def process(self, output: list[str]) -> dict[str, PathState]:
        """One line for each path that is there."""
        if output[-1:] != ["end"]:
            raise FactProcessError("the script that looks at paths did not run to its end")
        found = {}
        for line in output[:-1]:
            direct, empty, kind, uid, gid, mode, path = line.split("|", 6)
            found[path] = PathState(kind, int(uid), int(gid), mode, direct == "yes", empty == "yes")
        return found

    @staticmethod
    def default() -> dict[str, PathState]:
        """Nothing is known of any."""
        return {}

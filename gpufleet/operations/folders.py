"""Folders in which containers write.

pyinfra's `files.directory` makes missing parents root's, follows symbolic links when it changes owners, and gives a
folder of anybody's to whom it is told.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.folders import Paths, PathState
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin, refuse, report

if TYPE_CHECKING:
    from collections.abc import Sequence

MAKE = (
    'set -eu; owner=$1 path=$2; set --; while [ ! -e "$path" ]; do set -- "$path" "$@"; path=$(dirname "$path"); done; '
    'for path; do mkdir -- "$path"; chown -h -- "$owner" "$path"; done'
)


@operation()
def writable_folder(path: str, owner: Sequence[int], home: str) -> Commands:
    """Have a folder in which a user can write; missing ones are made, with their parents, for that user.

    A folder that is there keeps its owner. The one exception is what Docker makes of a mount that is missing, a folder
    of root's in the user's own home: that folder, and nothing inside it, is given to the user.

    Args:
        path: of the folder.
        owner: numbers of the user and the group who write there.
        home: of the user who connects.
    """
    uid, gid = owner
    wanted = f"a folder that user {uid} can write to"
    around = str(PurePosixPath(path).parent)
    there = host.get_fact(Paths, paths=[path, around])
    found = there.get(path)
    if found is None:
        yield from begin(Difference(kind="config", resource=path, expected=wanted, observed="absent"))
        yield StringCommand("sh -c", QuoteString(MAKE), "sh", f"{uid}:{gid}", QuoteString(path))
    elif found.kind != "directory":
        yield from refuse(path, expected=wanted, observed=f"a {found.kind}", way_out="Move it, or name another folder.")
    elif found.lets_write(uid, gid):
        host.noop(f"user {uid} can write to {path}")
    elif made_by_docker(path, found, there.get(around), home):
        observed = f"a folder of root's, mode {found.mode}"
        yield from begin(Difference(kind="config", resource=path, expected=wanted, observed=observed))
        yield StringCommand("chown -h --", f"{uid}:{gid}", QuoteString(path))
    else:
        observed = f"a folder of user {found.uid}'s, mode {found.mode}"
        remedy = f"it is left as it is; `chown {uid}:{gid} {path}` gives it to that user"
        yield from report(Difference(kind="pending", resource=path, expected=wanted, observed=observed, remedy=remedy))


def made_by_docker(path: str, found: PathState, around: PathState | None, home: str) -> bool:
    """Whether Docker made a folder for a mount that was missing, and nobody else's can be meant.

    Args:
        path: of the folder.
        found: what lies there.
        around: the folder that it lies in, None where that is not known.
        home: of the user who connects.

    Returns:
        It is root's, beneath the home, reached through no symbolic link, and in a folder that is not root's: among
        root's own folders, as in /root, it must be empty.
    """
    roots = found.uid == 0 and found.direct and path.startswith(f"{home.rstrip('/')}/")
    return roots and (found.empty or (around is not None and around.uid != 0))

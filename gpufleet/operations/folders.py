"""Folders in which containers write.

pyinfra's `files.directory` makes missing parents root's, follows symbolic links when it changes owners, and gives a
folder of anybody's to whom it is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.folders import Paths, PathState
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

MAKE = (
    'set -eu; owner=$1 path=$2; set --; while [ ! -e "$path" ]; do set -- "$path" "$@"; path=$(dirname "$path"); done; '
    'for path; do mkdir -- "$path"; chown -h -- "$owner" "$path"; done'
)


@operation()
def writable_folder(path: str, owner: Sequence[int], home: str) -> Commands:
    """Have a folder in which a user can write; missing ones are made, with their parents, for that user.

    A folder that is there keeps its owner. The one exception is root's in the user's own home, which is what Docker
    makes of a mount that is missing: that folder, and nothing inside it, is given to the user.

    Args:
        path: of the folder.
        owner: numbers of the user and the group who write there.
        home: of the user who connects.
    """
    uid, gid = owner
    wanted = f"a folder that user {uid} can write to"
    found = host.get_fact(Paths, paths=[path]).get(path)
    if found is None:
        yield from begin(Difference(kind="config", resource=path, expected=wanted, observed="absent"))
        yield StringCommand("sh -c", QuoteString(MAKE), "sh", f"{uid}:{gid}", QuoteString(path))
    elif found.kind != "directory":
        yield from refuse(path, expected=wanted, observed=f"a {found.kind}", way_out="Move it, or name another folder.")
    elif found.lets_write(uid, gid):
        host.noop(f"user {uid} can write to {path}")
    elif _made_by_docker(path, found, home):
        observed = f"a folder of root's, mode {found.mode}"
        yield from begin(Difference(kind="config", resource=path, expected=wanted, observed=observed))
        yield StringCommand("chown -h --", f"{uid}:{gid}", QuoteString(path))
    else:
        observed = f"a folder of user {found.uid}'s, mode {found.mode}"
        remedy = f"it is left as it is; `chown {uid}:{gid} {path}` gives it to that user"
        yield Finding(Difference(kind="pending", resource=path, expected=wanted, observed=observed, remedy=remedy))


def _made_by_docker(path: str, found: PathState, home: str) -> bool:
    """Root's own, beneath the home and reached through no symbolic link: nobody else's folder can be meant."""
    return found.uid == 0 and found.direct and path.startswith(f"{home.rstrip('/')}/")

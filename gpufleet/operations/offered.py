"""Files in people's own folders, made when they are absent and left alone once somebody edits them."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileContent
from gpufleet.facts.folders import Paths
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.notice import notice
from gpufleet.offered import offered, state
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import text_diff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.facts.files import FileState
    from gpufleet.facts.folders import PathState

WRITE = (
    'set -eu; umask 022; mkdir -p "$(dirname "$1")"; new=$(mktemp "$(dirname "$1")/.gpufleet.XXXXXX"); '
    'trap \'rm -f "$new"\' EXIT; printf %s "$2" | base64 -d >"$new"; chmod 644 "$new"; mv -f "$new" "$1"'
)


@operation()
def offered_file(folder: str, file: str, text: str, owner: Sequence[int]) -> Commands:
    """Have a file in somebody's folder until that person edits it: absent it is made, outdated it is replaced.

    It is written with that person's rights, so that no symbolic link in the folder leads root elsewhere. Where these do
    not suffice it is left out.

    Args:
        folder: whose it is; another operation makes it.
        file: its name, relative to the folder, as `.vscode/settings.json`.
        text: what is to stand in it, behind one line that says whose it is.
        owner: numbers of the user and the group who write in the folder.
    """
    uid, gid = owner
    path = f"{folder}/{file}"
    inner = str(PurePosixPath(path).parent)
    with together():
        around = host.get_fact(Paths, paths=[folder, inner])
        found = host.get_fact(FileContent, path=path)
    if isinstance(found, Unreadable):
        host.noop(f"{path} is left as it is: {found.why}")
        return
    became = state(None if found is None else found.content, text)
    if became in {"as declared", "edited"}:
        host.noop(f"{path} is as declared" if became == "as declared" else f"{path} is somebody's own")
        return
    nearest = inner if inner in around else folder
    if why := obstacle(nearest, around.get(nearest), uid, gid):
        if nearest == inner:  # the folder itself is the other operation's to report
            notice(f"Nothing is offered in {inner}: {why}.")
        host.noop(why)
        return
    yield from begin(_difference(path, text, found))
    encoded = base64.b64encode(offered(text).encode()).decode()
    # Into the folder as root: the way there may be closed to others, as it may not to a container that mounts it
    rights = ("cd", QuoteString(folder), "&&", "setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    yield StringCommand(*rights, "sh -c", QuoteString(WRITE), "sh", QuoteString(file), encoded)


def obstacle(path: str, found: PathState | None, uid: int, gid: int) -> str | None:
    """Why a user cannot make a file in a folder.

    Args:
        path: of the folder.
        found: what lies there; None for nothing, and it is made.
        uid: the user's number.
        gid: their group's.

    Returns:
        The reason; None where none is known.
    """
    if found is None:
        return None
    if found.kind != "directory":
        return f"{path} is a {found.kind}"
    return None if found.lets_write(uid, gid) else f"user {uid} cannot write to {path}, which is user {found.uid}'s"


def _difference(path: str, text: str, found: FileState | None) -> Difference:
    """What differs, for a report."""
    if found is None:
        return Difference(kind="config", resource=path, expected="the offered file", observed="absent")
    diff = text_diff(path, found.content, offered(text).encode())
    observed = "an earlier one, which nobody edited"
    return Difference(kind="config", resource=path, expected="the offered file", observed=observed, diff=diff)

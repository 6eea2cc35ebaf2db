"""The last step of a removal: forget the host."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, deploy, operation

from gpufleet.containerd.state import CONFIG
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.finding import Finding
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, made_here
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.platform import DOCKER_FAMILIES
from gpufleet.state import BACKUPS, BEFORE, IN_PROGRESS, STATE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Collection

    from gpufleet.made import Made

DAEMON_JSON_COPIES = ("daemon.json", "daemon.json.live", "daemon.json.refused")
"""Files of ours in the backup; all others are the user's."""


@deploy("Stamp")
def forgotten(unless: Unless, partial: Collection[str] | None = None) -> None:
    """Forget the current host. The last step of a removal.

    Args:
        unless: why it is not forgotten.
        partial: the roles that the run was limited to: then it only ends what it began; None for a run of all.
    """
    state_removed(name="Forget what was declared and made", unless=unless, partial=partial)


@operation()
def state_removed(unless: Unless, partial: Collection[str] | None = None) -> Commands:
    """Remove the stamp, all else that is remembered, and folders of ours that are empty now.

    Files of the user's that are in the backup and in no other place stay there.

    Args:
        unless: see `forgotten`.
        partial: see `forgotten`.
    """
    if partial is not None:
        yield from _mark_removed()
        return
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    yield Finding(going(STATE_DIRECTORY))
    yield StringCommand("rm -f", f"{STATE_DIRECTORY}/*.download")
    # Whoever only looks does not come here: what is to be put back does not lie in its place yet
    with together():
        places = {path: host.get_fact(FileContent, path=path) for path in sorted({*made.before, *made.files})}
    different = [path for path in made.before if places[path] != made.before[path]]
    yield from (saved(path) for path in different if path != DAEMON_JSON)
    users = kept_backups(made, different)
    if users:
        notice(f"Files of before that apply changed or took away stay in {BACKUPS}: {', '.join(users)}.")
    if still := [path for path in sorted(made.files) if places[path] is not None]:
        notice(f"Files that apply made and that stay: {', '.join(still)}.")
    folders = emptied(made)
    if folders:
        yield StringCommand("rmdir --", *map(QuoteString, folders), "2>/dev/null || true")
    ours = [name for name in {**dict.fromkeys(made.backups), DAEMON_JSON_COPIES[0]: None} if name not in users]
    if ours:
        yield StringCommand("rm -rf --", *(QuoteString(f"{BACKUPS}/{name}") for name in ours))
    # The folder's other contents first, what tells that there is something to forget last
    kept = "! -name backup ! -name made ! -name stamp.json"
    yield StringCommand(
        f"find {STATE_DIRECTORY} -mindepth 1 -maxdepth 1 {kept} -exec rm -rf {{}} + && "
        f"rm -f {STATE_DIRECTORY}/stamp.json && rm -f {STATE_DIRECTORY}/made && "
        f"{{ rmdir {BACKUPS} 2>/dev/null; rmdir {STATE_DIRECTORY} 2>/dev/null; true; }}"
    )


def emptied(made: Made) -> list[str]:
    """Folders to be removed where nothing is left in them, inner ones first. Pure.

    Args:
        made: what the host remembers. Where apply has brought a daemon, it has brought that one's folder too, which its
            package could not take away as long as one of ours was in it.
    """
    brought = {*made.packages, *made.dependencies}
    of_docker = [str(PurePosixPath(DAEMON_JSON).parent)] if DOCKER_FAMILIES.keys() & set(made.packages) else []
    of_containerd = [str(PurePosixPath(CONFIG).parent)] if brought & {"containerd", "containerd.io"} else []
    return sorted({*made.folders, *of_docker, *of_containerd}, key=lambda path: (-len(path), path))


def kept_backups(made: Made, different: Collection[str]) -> list[str]:
    """Names of the files that stay in the backup: they are the user's, and lie nowhere else. Pure.

    Args:
        made: what the host remembers.
        different: paths at which something else lies now than before us, or nothing.
    """
    again = {PurePosixPath(path).name for path in made.before if path not in different}
    earlier = [name for name in made.backups if name not in {*DAEMON_JSON_COPIES, *again}]
    return list(dict.fromkeys([*earlier, *(PurePosixPath(path).name for path in different if path != DAEMON_JSON)]))


def saved(path: str) -> StringCommand:
    """The command that has the file of before in the backup, beside whatever else has that name there.

    Args:
        path: where it lay before us.
    """
    before, copy = QuoteString(f"{BEFORE}{path}"), QuoteString(f"{BACKUPS}/{PurePosixPath(path).name}")
    there = StringCommand(f"mkdir -p {BACKUPS} && {{ cmp -s --", before, copy)
    return StringCommand(there, "|| cp -pP --backup=numbered --", before, copy, "; }")


def _mark_removed() -> Commands:
    """A run of some roles ends what it began, and nothing else."""
    mark = host.get_fact(FileContent, path=IN_PROGRESS)
    if not (isinstance(mark, FileState) and made_here(mark.content)):
        host.noop("other roles are left as they are")
        return
    yield Finding(going(IN_PROGRESS))
    yield StringCommand("rm -f", IN_PROGRESS)

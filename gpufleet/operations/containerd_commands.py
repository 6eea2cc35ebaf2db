"""The commands that change containerd's files and start it anew, and how the differences are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand

from gpufleet.containerd.access import CLOSED, access
from gpufleet.containerd.state import DROP_IN, FOLDER, LOADED, UNKNOWN, digest, runs_with
from gpufleet.containerd.trial import trial_trouble
from gpufleet.facts.containerd import Containerd
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.scripts import script
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, refuse
from gpufleet.operations.files import text_diff, write_file
from gpufleet.state import BACKUPS, BEFORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.containerd.drop_in import Wish
    from gpufleet.containerd.planned import Plan
    from gpufleet.containerd.state import ContainerdState
    from gpufleet.facts.answer import Unreadable

TRIED, TRIAL, USERS = (f"{FOLDER}/{name}" for name in ("99-nvidia.toml", "config.toml", "users.toml"))


def difference(path: str, found: bytes | Unreadable | None, wanted: bytes | None, remedy: str = "apply") -> Difference:
    """How a file differs from what is declared.

    Args:
        path: of the file.
        found: its bytes.
        wanted: the declared bytes; None where there is to be none.
        remedy: see `Difference`.
    """
    before = found if isinstance(found, bytes) else b""
    observed = "no file" if found is None else "there" if wanted is None else "another content"
    return Difference(
        kind="config",
        resource=path,
        expected="absent" if wanted is None else "the declared content",
        observed=observed,
        remedy=remedy,
        diff=text_diff(path, before, wanted or b""),
    )


def tried_and_written(state: ContainerdState, plan: Plan, wish: Wish, path: str, content: bytes) -> Commands:
    """Write a file once containerd was seen to take what is planned.

    Args:
        state: the host.
        plan: what is planned.
        wish: what is declared.
        path: of the file.
        content: what it is to hold.
    """
    for name, text in ((TRIED, plan.drop_in), (TRIAL, plan.trial), (USERS, plan.users)):
        yield write_file(name, text, CLOSED, secret=True)
    with together():
        users, tried = host.get_fact(Containerd, trial=USERS), host.get_fact(Containerd, trial=TRIAL)
    yield StringCommand("rm -f", TRIED, TRIAL, USERS)
    trouble = trial_trouble(users.dump, tried.dump, wish)
    if trouble:
        way_out = "Look at `containerd config dump` on the host, and at what this file is to hold."
        yield from refuse(path, expected="what containerd takes", observed=trouble, way_out=way_out)
        return
    yield from remembered(state)
    found = host.get_fact(FileContent, path=path)
    closed = state.closed and path == DROP_IN
    yield written(path, content, found if isinstance(found, FileState) else None, closed=closed)


def remembered(state: ContainerdState) -> Iterator[StringCommand]:
    """Before files change: remember what the running containerd has loaded, as far as that is known.

    Args:
        state: the host.
    """
    if state.running and not state.loaded.startswith(f"{state.running.identity}\n"):
        yield write_file(LOADED, f"{state.running.identity}\n{runs_with(state) or UNKNOWN}\n".encode())


def written(path: str, content: bytes | None, found: FileState | None, *, closed: bool = False) -> StringCommand:
    """The command that gives a file its content, with the mode and owner that it has.

    Args:
        path: of the file.
        content: its bytes; None for no file.
        found: the file as it is.
        closed: see `access`.
    """
    if content is None:
        return StringCommand("rm -f --", QuoteString(path))
    return write_file(path, content, *access(found, closed=closed), secret=True)


def given_back() -> StringCommand:
    """The command that puts back what lay at the place of our file before us."""
    kept, beside, final = (QuoteString(name) for name in (f"{BEFORE}{DROP_IN}", f"{DROP_IN}.gpufleet", DROP_IN))
    return StringCommand("cp -pP --", kept, beside, "&& mv -f --", beside, final)


def load(dump: bytes) -> StringCommand:
    """The command that starts containerd anew, and puts our file into the backup if it does not start with it.

    Args:
        dump: what `containerd config dump` prints.
    """
    text = script("dockerd.sh") + script("containerd-load.sh", "gpufleet.operations.scripts")
    words = (DROP_IN, BACKUPS, LOADED, digest(dump))
    return StringCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, words))

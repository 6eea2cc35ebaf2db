"""The last step of a deploy: remember what was declared, and that the run came to its end."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, deploy, operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.together import together
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import made_here
from gpufleet.operations.files import write_file
from gpufleet.stamp import Stamp, limited, of_newer_format, parse, render
from gpufleet.state import BUNDLE, IN_PROGRESS, MADE, STAMP, STATE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Collection

    from gpufleet.operations.change import Commands


@deploy("Stamp")
def stamp(items: dict[str, str], revision: str | None, partial: Collection[str] | None = None) -> None:
    """Remember it on the current host. The last step of a deploy.

    Args:
        items: the hash of what was declared, by the operation's id.
        revision: of the deploy repository, information only.
        partial: the roles that the run was limited to; None for a run of all. Of other roles the stamp keeps what it
            says.
    """
    remembered(name="Remember what was declared", items=items, revision=revision, partial=partial)


@operation()
def remembered(items: dict[str, str], revision: str | None, partial: Collection[str] | None = None) -> Commands:
    """Write the stamp when something else was declared than last time, or when this run changed something.

    Args:
        items: the hash of what was declared, by the operation's id.
        revision: of the deploy repository, information only.
        partial: see `stamp`.
    """
    with together():
        found = host.get_fact(FileContent, path=STAMP)
        began = host.get_fact(FileContent, path=IN_PROGRESS)
    mark = unfinished(began, partial)
    known = parse(found.content) if isinstance(found, FileState) else None
    declared = items if partial is None else limited(items, known, partial)
    wanted = Stamp(declared, version("gpufleet"), revision, datetime.now(UTC).isoformat(timespec="seconds"))
    if known == wanted and mark is None:
        host.noop("the stamp says what is declared")
        return
    yield Finding(_difference(found, known, mark))
    if found is None:  # on a host that had everything already nothing else has
        yield StringCommand(f"mkdir -p {STATE_DIRECTORY} && : >> {MADE}")
    yield write_file(STAMP, render(wanted), "600")  # hashes of short secrets can be guessed
    if partial is None or mark is not None:
        yield StringCommand("rm -rf", BUNDLE, "&& rm -f", IN_PROGRESS)  # copies that a run cut off has left there


def unfinished(mark: FileState | Unreadable | None, partial: Collection[str] | None) -> FileState | Unreadable | None:
    """The mark "in progress" as far as this run, when it comes to its end, is the end of what the mark began. Pure.

    Args:
        mark: as it was found.
        partial: the roles that the run was limited to: it only ends what it began itself; None for a run of all.
    """
    own = isinstance(mark, FileState) and made_here(mark.content)
    return mark if partial is None or own else None


def _difference(
    found: FileState | Unreadable | None, known: Stamp | None, mark: FileState | Unreadable | None
) -> Difference:
    """Another stamp is the repository's doing, everything else is the host's."""
    expected = "the stamp of what is declared"
    if mark is not None:
        expected, observed = "an apply that came to its end", "one that began and did not"
        since = mark.changed if isinstance(mark, FileState) else None
        return Difference(kind="config", resource=IN_PROGRESS, expected=expected, observed=observed, since=since)
    if known is not None:
        return Difference(kind="pending", resource=STAMP, expected=expected, observed="that of another declaration")
    since = found.changed if isinstance(found, FileState) else None
    return Difference(kind="config", resource=STAMP, expected=expected, observed=_unknown(found), since=since)


def _unknown(found: FileState | Unreadable | None) -> str:
    """Why there is no stamp to go by."""
    if found is None:
        return "no stamp"
    if isinstance(found, Unreadable):
        return found.why
    return "one written by a newer gpufleet" if of_newer_format(found.content) else "a damaged one"

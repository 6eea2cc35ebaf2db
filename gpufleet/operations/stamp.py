"""The last step of a deploy: remember what was declared, and that the run came to its end."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, operation
from pyinfra.facts.files import File

from gpufleet.facts.files import FileContent, FileState
from gpufleet.finding import Difference, Finding
from gpufleet.operations.files import write_file
from gpufleet.stamp import Stamp, parse, render
from gpufleet.state import IN_PROGRESS, STAMP

if TYPE_CHECKING:
    from gpufleet.operations.change import Commands


@operation()
def stamp(items: dict[str, str], revision: str | None) -> Commands:
    """Write the stamp when something else was declared than last time, or when this run changed something.

    Args:
        items: the hash of what was declared, by the operation's id.
        revision: of the deploy repository, information only.
    """
    found = host.get_fact(FileContent, path=STAMP)
    known = parse(found.content) if isinstance(found, FileState) else None
    wanted = Stamp(items, version("gpufleet"), revision, datetime.now(UTC).isoformat(timespec="seconds"))
    interrupted = host.get_fact(File, path=IN_PROGRESS) is not None
    if known == wanted and not interrupted:
        host.noop("the stamp says what is declared")
        return
    observed = "a run that changed something" if interrupted else "another stamp" if known else "no stamp"
    yield Finding(
        Difference(kind="config", resource=STAMP, expected="the stamp of what is declared", observed=observed)
    )
    yield write_file(STAMP, render(wanted), "600")  # hashes of short secrets can be guessed
    yield StringCommand("rm -f", IN_PROGRESS)

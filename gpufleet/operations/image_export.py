"""Images of a host, copied to the machine that runs gpufleet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation
from pyinfra.connectors.util import CommandOutput, OutputLine

from gpufleet.facts.access import AccessFacts
from gpufleet.facts.scripts import script
from gpufleet.finding import Difference, Finding
from gpufleet.operations.shown import ShownCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyinfra.api import Host, State
    from pyinfra.api.arguments import ConnectorArguments

    from gpufleet.operations.change import Commands

SPACIOUS = "/var/tmp"  # noqa: S108 - not /tmp, which may be memory; root makes a new file there that nobody can foresee


@operation()
def exported(references: Sequence[str], to: str) -> Commands:
    """Have images of the host in one archive on this machine. On the host nothing stays of it, after a failure neither.

    Args:
        references: repository and tag of each.
        to: path of the archive on this machine, which is whole once it is there; its folder is there.
    """
    if Path(to).exists():
        host.noop(f"{to} is there")
        return
    access = host.get_fact(AccessFacts, _sudo=False)
    yield Finding(Difference(kind="config", resource=to, expected="a copy of the images", observed="no file"))
    yield _Export(references, Path(to), access.uid)


def saving(there: str, uid: int, references: Sequence[str]) -> list[str | QuoteString]:
    """The words of the command that saves images to a file on a host. Pure.

    Args:
        there: path of the file; in a folder that a person names where that host is this machine.
        uid: of the user who fetches it.
        references: names of the images.
    """
    text = script("image-save.sh", "gpufleet.operations.scripts")
    return ["sh -c", QuoteString(text), "sh", QuoteString(there), str(uid), *map(QuoteString, references)]


def gone(there: str) -> StringCommand:
    """The command that removes such a file."""
    return StringCommand("rm -f", QuoteString(there))


class _Export(ShownCommand):
    """Saves images to a file on the host, fetches that as the user who connects, and removes it."""

    def __init__(self, references: Sequence[str], to: Path, uid: int) -> None:
        self._to = to
        self._here = host.name.startswith("@local")
        self._partial = to.with_name(to.name + ".partial")
        self._there = str(self._partial) if self._here else f"{SPACIOUS}/gpufleet-images.{uuid4().hex}"
        super().__init__(*saving(self._there, uid, references))

    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> tuple[bool, CommandOutput]:
        """Do it.

        Returns:
            Whether the archive is there now, and what the host has complained of.
        """
        self._partial.unlink(missing_ok=True)
        try:
            done, output = super().execute(state, host, connector_arguments)
            if done and (trouble := self._fetched(host)):
                return False, CommandOutput([OutputLine("stderr", trouble)])
            return done, output
        finally:
            host.run_shell_command(gone(self._there), **connector_arguments)

    def _fetched(self, host: Host) -> str | None:
        """Bring the file here; why that did not work, None when it did."""
        try:
            if not self._here and not host.get_file(self._there, str(self._partial)):
                return f"{self._there} cannot be fetched"
            self._partial.replace(self._to)
        except OSError as error:  # of the connection, or of this machine's disk
            return f"{self._there} cannot be copied to {self._to} on this machine: {error.strerror or error}"
        return None

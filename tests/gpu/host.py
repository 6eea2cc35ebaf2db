"""The host of a trial: whatever is asked of it besides gpufleet's own commands goes over one connection of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpufleet.run.connect import disconnect, load
from gpufleet.verify.reach import reach
from tests.gpu import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from gpufleet.run.connect import Fleet
    from gpufleet.verify.connection import Connection

COMMAND_SECONDS = 300
"""How long one command may take: the image's files are copied in one."""
DOCKER_HOST = "export DOCKER_HOST=unix:///run/docker.sock"


class TrialError(Exception):
    """A step cannot go on; the message says why."""


@dataclass(frozen=True)
class Host:
    """A host that is connected to.

    Attributes:
        name: in the inventory.
        data: everything that the inventory says of it.
        fleet: what it was loaded as.
        connection: through which root's commands run.
    """

    name: str
    data: dict[str, Any]
    fleet: Fleet
    connection: Connection

    def ask(self, command: str) -> tuple[int, str]:
        """Run a shell command as root.

        Args:
            command: one command line, or several.

        Returns:
            Its exit code, and what it wrote to both streams.
        """
        answer = self.connection.run(f"{DOCKER_HOST}\n{command}")
        return answer.code, (answer.stdout + answer.stderr).decode(errors="replace").strip()

    def tell(self, command: str) -> str:
        """What a shell command writes to standard output.

        Raises:
            TrialError: it failed.
        """
        answer = self.connection.run(f"{DOCKER_HOST}\n{command}")
        if answer.code:
            said = (answer.stderr or answer.stdout).decode(errors="replace").strip()[-1500:]
            raise TrialError(f"`{command[:200]}` ended with {answer.code}: {said}")
        return answer.stdout.decode(errors="replace").strip()

    def answer(self, command: str) -> dict[str, Any]:
        """The JSON object that a program prints, whatever its exit code.

        Raises:
            TrialError: it printed none.
        """
        done = self.connection.run(f"{DOCKER_HOST}\n{command}")
        try:
            found: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            said = (done.stdout + done.stderr).decode(errors="replace")[-1500:]
            raise TrialError(f"`{command[:200]}` ended with {done.code} and printed no JSON: {said}") from None
        return found

    def leave(self) -> None:
        """Close the connection."""
        disconnect(self.fleet)


def named(inventory: str, limit: str | None) -> tuple[str, dict[str, Any]]:
    """The one host that is meant, with what the inventory says of it; nothing is connected to.

    Args:
        inventory: as gpufleet takes it.
        limit: a name or pattern; None where the inventory has one host.

    Raises:
        TrialError: there is more than one.
        InventoryError, NothingMatchedError: as `gpufleet.run.connect.load` says.
    """
    fleet = load(inventory, checkout=CHECKOUT, limits=[limit] if limit else [])
    if len(fleet.hosts) != 1:
        raise TrialError(f"a trial is for one host, there are {', '.join(fleet.hosts)}: name one with --limit")
    ((name, host),) = fleet.hosts.items()
    return name, host.data.dict()


def connected(inventory: Path, name: str) -> Host:
    """The host, connected to.

    Args:
        inventory: of the trial.
        name: the host's.

    Raises:
        TrialError: it cannot be reached, or nobody can become root there.
    """
    fleet = load(str(inventory), checkout=CHECKOUT, limits=[name])
    connections, unreachable = reach(fleet, [name], COMMAND_SECONDS)
    if name in unreachable:
        raise TrialError(f"{name}: {unreachable[name]}")
    return Host(name, fleet.hosts[name].data.dict(), fleet, connections[name])

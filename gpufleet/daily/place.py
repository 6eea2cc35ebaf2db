"""A host of the inventory as a place where something is to run: found by name, and the words that run it there."""

from __future__ import annotations

import os
import shlex
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from pyinfra.connectors.local import LocalConnector
from pyinfra.connectors.ssh import SSHConnector

from gpufleet.daily.errors import DailyError
from gpufleet.daily.ssh import remote, ssh_command
from gpufleet.facts.scripts import script
from gpufleet.inventory.ssh_config import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyinfra.api import Host

SCRIPTS = "gpufleet.daily.scripts"
BECOMES = {"_doas": "doas", "_dzdo": "dzdo"}
"""pyinfra's global arguments for programs that make another user, beside sudo, and take its options -n and -u."""


@dataclass(frozen=True)
class Place:
    """A host, not connected to.

    Attributes:
        host: pyinfra's.
        inventory: as it was given; None for the default one.
        connector: the host's own, as it was before its facts were batched.
    """

    host: Host
    inventory: str | None
    connector: Any

    @classmethod
    def of(cls, host: Host, inventory: str | None) -> Place:
        """The place that a host is, which is not connected yet.

        Args:
            host: pyinfra's.
            inventory: as it was given; None for the default one.
        """
        return cls(host, inventory, host.connector)

    @property
    def here(self) -> bool:
        """Whether it is this machine."""
        return isinstance(self.connector, LocalConnector)

    @property
    def name(self) -> str:
        """Its name in the inventory."""
        return str(self.host.name)

    def command(self, *words: str) -> str:
        """A command of gpufleet's that a person may paste, for this host.

        Args:
            words: its name and further words.
        """
        inventory = ["--inventory", self.inventory] if self.inventory else []
        return shlex.join(["gpufleet", *words, *inventory, "--limit", self.name])

    def words(self, name: str, arguments: Sequence[str], *, terminal: bool, options: Sequence[str] = ()) -> list[str]:
        """The words that run one of our scripts on the host, with the rights to use Docker.

        Args:
            name: of the script.
            arguments: of the script, behind the process that is to be watched.
            terminal: with a terminal where it is reached by SSH.
            options: of ssh, before others; none where the host is this machine.

        Raises:
            DailyError: it is reached neither by SSH nor is it this machine.
        """
        way = ["here" if self.here else "far", *way_to_root(self.host.data.dict())]
        inner = ["sh", "-c", script("way.sh", SCRIPTS), "gpufleet", *way, script(name, SCRIPTS), *arguments]
        if self.here:
            return inner
        if not isinstance(self.connector, SSHConnector):
            raise DailyError(f"{self.name} is reached neither by SSH nor is it this machine")
        data = self.connector.data
        own = written(data["ssh_config_file"])
        return [*ssh_command(self.name, data, own, terminal=terminal, options=options), remote(inner)]


def way_to_root(data: Mapping[str, object]) -> tuple[str, str]:
    """How a user who may not use Docker becomes one who may.

    Args:
        data: the host's variables, with pyinfra's global arguments among them.

    Returns:
        The program, or `none`, and the user that it makes.
    """
    for argument, program in BECOMES.items():
        if data.get(argument):
            return program, str(data.get(f"{argument}_user") or "root")
    forbidden = data.get("_sudo") is False or data.get("_su_user")
    return ("none" if forbidden else "sudo"), str(data.get("_sudo_user") or "root")


def become(words: Sequence[str]) -> NoReturn:
    """Be another program from here on: what reaches this process reaches that one, and its end is ours.

    Raises:
        DailyError: there is no such program.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # which Python ignores, and the program would inherit
    try:
        os.execvp(words[0], list(words))  # noqa: S606 - no shell is meant
    except FileNotFoundError:
        raise DailyError(f"there is no program {words[0]} here: install it (package openssh-client)") from None

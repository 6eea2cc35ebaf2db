"""A remote shell that is opened before it is needed: on a far host that takes two round trips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent
from pyinfra.api import StringCommand
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import make_unix_command_for_host

from gpufleet.run.asking import SHELL

if TYPE_CHECKING:
    from pyinfra.api import Host

SHELLS = 2
"""How many are opened ahead: a host that is as declared is asked twice."""


class ShellAhead:
    """Stands in for the `exec_command` of a connection, and has the next shell open when one is asked for.

    Args:
        execute: the connection's own (paramiko.SSHClient.exec_command).
        command: the one command that it is asked for ahead.
    """

    def __init__(self, execute: Any, command: str) -> None:  # noqa: ANN401 - paramiko is not typed
        self._execute = execute
        self._command = command
        self._left = SHELLS
        self._next: Any = None
        self._open()

    def __call__(self, command: str, get_pty: bool = False) -> Any:  # noqa: ANN401 - as paramiko's
        """Run a command, as paramiko.SSHClient.exec_command does.

        Args:
            command: its command line.
            get_pty: with a terminal.
        """
        if self._next is None or get_pty or command != self._command:
            return self._execute(command, get_pty=get_pty)
        opened, self._next = self._next, None
        streams = opened.get()
        self._open()
        return streams if streams is not None else self._execute(command)

    def _open(self) -> None:
        if self._left:
            self._left -= 1
            self._next = gevent.spawn(self._try)

    def _try(self) -> Any:  # noqa: ANN401 - paramiko's streams
        try:
            return self._execute(self._command)
        except Exception:  # noqa: BLE001 - whoever needs the shell asks again, and hears why
            return None


def open_ahead(host: Host) -> None:
    """Have the shells that ask a host's facts opened ahead, where it is connected over SSH."""
    client: Any = getattr(host.connector, "client", None)
    if isinstance(host.connector, SSHConnector) and client is not None:
        command = make_unix_command_for_host(host.state, host, StringCommand(SHELL))
        client.exec_command = ShellAhead(client.exec_command, command.get_raw_value())

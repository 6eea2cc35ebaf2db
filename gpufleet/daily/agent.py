"""A person's SSH agent lent to a sandbox for the time of one shell: a socket in its workspace, and never a key.

On another host sshd itself listens there and hands everything to the agent through the connection of that shell. On
this machine a process of ours does (`gpufleet.daily.agent_relay`), which ends with the shell.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.daily.declared import WORKSPACE
from gpufleet.daily.errors import DailyError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "SSH_AUTH_SOCK"
LONGEST = 107
"""Bytes of a socket's path (unix(7): 108 with the final zero)."""
RELAY = "gpufleet.daily.agent_relay"


@dataclass(frozen=True)
class Lent:
    """An agent that a sandbox is lent.

    Attributes:
        socket: the agent's own, on this machine.
        on_host: path of the lent one, on the host.
        inside: the same in the sandbox.
        options: of ssh, which lend it; none on this machine.
    """

    socket: str
    on_host: str
    inside: str
    options: tuple[str, ...]

    @classmethod
    def to(cls, socket: str, workspace: str, session: str, *, here: bool) -> Lent:
        """Lend it to a sandbox.

        Args:
            socket: the agent's own.
            workspace: of the sandbox, on its host.
            session: a name that no other shell has.
            here: the host is this machine.

        Raises:
            DailyError: the path is too long for a socket.
        """
        name = f".ssh-agent-{session}"
        path = f"{workspace.rstrip('/')}/{name}"
        if len(path.encode()) > LONGEST:
            raise DailyError(f"{path} is too long for a socket ({LONGEST} bytes): declare a shorter workspace")
        return cls(socket, path, f"{WORKSPACE}/{name}", () if here else _options(socket, path))


def _options(socket: str, path: str) -> tuple[str, ...]:
    """A connection of its own, as a shared one would keep the socket; sshd makes it for that user alone (mode 600)."""
    forward = f"{path}:{socket}"
    return (
        *("-o", "ControlMaster=no", "-o", "ControlPath=none"),
        *("-o", "ExitOnForwardFailure=yes", "-R", forward),
    )


def own(environment: Mapping[str, str]) -> str:
    """Socket of the agent of who runs this.

    Raises:
        DailyError: there is none.
    """
    socket = environment.get(VARIABLE, "")
    if not Path(socket).is_socket():
        what = f"{VARIABLE} names no socket ({socket})" if socket else f"{VARIABLE} is not set"
        raise DailyError(f"there is no SSH agent here, {what}: `eval $(ssh-agent)` and `ssh-add`")
    return socket


def lend(lent: Lent, process: int) -> None:
    """Start what lends it on this machine, until a process ends.

    Args:
        lent: what is to be.
        process: its number.

    Raises:
        DailyError: no socket can be made there.
    """
    words = [sys.executable, "-m", RELAY, lent.on_host, lent.socket, str(process)]
    # No stream of ours but that one: who reads them to their end, as `$(…)` does, would wait for the relay
    nothing = subprocess.DEVNULL
    relay = subprocess.Popen(words, start_new_session=True, stdin=nothing, stdout=subprocess.PIPE, stderr=nothing)
    said = relay.stdout.readline().decode().strip() if relay.stdout else ""
    if said != "ready":
        raise DailyError(f"{lent.on_host}: {said or 'no socket could be made there'}")

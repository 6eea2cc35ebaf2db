"""The way on which SSH reaches a host: address, port, user, key, jump hosts, and where host keys are remembered.

pyinfra works the same out of its data and of ~/.ssh/config each time that it connects, but keeps it for itself
(pyinfra/connectors/sshuserclient/client.py, `parse_config`, 3.10). Nothing is connected to here.
"""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from paramiko.hostkeys import HostKeys
from pyinfra.connectors.sshuserclient.client import SSHClient, get_ssh_config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyinfra.api import Host

SSH_PORT = 22


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A machine on the way, the host itself included.

    Attributes:
        address: name or address that is connected to.
        port: its SSH port.
        user: who logs in.
        known_hosts: the files with known host keys; a new key goes into the first.
        asks: a key that is in none of them is not simply taken.
        key: the private key file that was named for it; None where agent and ~/.ssh are tried.
        password: whether one was given.
    """

    address: str
    port: int
    user: str
    known_hosts: tuple[Path, ...]
    asks: bool
    key: str | None = None
    password: bool = False

    @property
    def known_as(self) -> str:
        """Its name in a known_hosts file."""
        return self.address if self.port == SSH_PORT else f"[{self.address}]:{self.port}"

    @property
    def remembered_in(self) -> Path:
        """The file that holds its key, or the one that would get it."""
        return next((file for file in self.known_hosts if _holds(file, self.known_as)), self.known_hosts[0])


@dataclass(frozen=True)
class Way:
    """How a host is reached.

    Attributes:
        host: its last stop.
        jumps: the jump hosts before it, in order.
    """

    host: Stop
    jumps: tuple[Stop, ...] = ()

    def failed_at(self, error: BaseException) -> Stop:
        """The stop at which an exception was raised.

        No text of paramiko's or pyinfra's names it. The traceback shows pyinfra's loop over the jump hosts, at one of
        them (`connect`) or on from there (`gateway`); a failure of the host itself comes after that loop.
        """
        for (frame, _), (inner, _) in pairwise(walk_tb(error.__traceback__)):
            if frame.f_code.co_name == "parse_config":
                done: int = frame.f_locals.get("i", len(self.jumps)) + (inner.f_code.co_name == "gateway")
                return (*self.jumps, self.host)[min(done, len(self.jumps))]
        return self.host


def raised_in(error: BaseException, function: str) -> bool:
    """Whether an exception came out of a function of that name, at whatever depth."""
    return any(frame.f_code.co_name == function for frame, _ in walk_tb(error.__traceback__))


def way_to(host: Host) -> Way:
    """The way to a host of pyinfra's SSH connector."""
    data = host.connector.data
    config = get_ssh_config(data["ssh_config_file"])
    given = data["ssh_hostname"] or host.name
    options: Mapping[str, Any] = config.lookup(given) if config else {}
    jump = "" if "proxycommand" in options else options.get("proxyjump", "")
    jumps = tuple(_jump(config, hop) for hop in jump.split(",") if hop and hop != "none")
    return Way(_last(data, options, given), jumps)


def _last(data: Mapping[str, Any], options: Mapping[str, Any], given: str) -> Stop:
    own = data["ssh_known_hosts_file"]
    return Stop(
        address=options.get("hostname", given),
        port=int(data["ssh_port"] or options.get("port", SSH_PORT)),
        user=data["ssh_user"] or options.get("user") or getpass.getuser(),
        known_hosts=(Path(own).expanduser(),) if own else _files(options),
        asks=_asks(data["ssh_strict_host_key_checking"] or options.get("stricthostkeychecking")),
        key=data["ssh_key"] or next(iter(options.get("identityfile", ())), None),
        password=bool(data["ssh_password"]),
    )


def _jump(config: Any, hop: str) -> Stop:  # noqa: ANN401 - paramiko's SSHConfig is not typed
    """By ssh_config alone, as pyinfra connects to jump hosts; its own data is for the last stop."""
    address, found = SSHClient.derive_shorthand(config, hop)
    options = config.lookup(address)
    return Stop(
        address=options.get("hostname", address),
        port=int(found["port"]),
        user=found["username"] or getpass.getuser(),
        known_hosts=_files(options),
        asks=_asks(options.get("stricthostkeychecking")),
        key=next(iter(options.get("identityfile", ())), None),
    )


def _files(options: Mapping[str, Any]) -> tuple[Path, ...]:
    named = str(options.get("userknownhostsfile", "~/.ssh/known_hosts"))
    return tuple(Path(name).expanduser() for name in named.split())


def _asks(strictness: str | None) -> bool:
    return strictness in {None, "yes", "ask"}


def _holds(file: Path, name: str) -> bool:
    try:
        return HostKeys(str(file)).lookup(name) is not None
    except Exception:  # noqa: BLE001 - paramiko raises what it likes at a line that it cannot read
        return False

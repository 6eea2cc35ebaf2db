"""Connects to the hosts of a verification and becomes root there, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api.exceptions import ConnectError

from gpufleet import become
from gpufleet.facts.access import AccessFacts
from gpufleet.platform import RootAccess
from gpufleet.run.connect import connect, everywhere
from gpufleet.verify.connection import Connection, HostLostError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyinfra.api import Host

    from gpufleet.platform import Access
    from gpufleet.run.connect import Fleet


def reach(fleet: Fleet, names: Iterable[str], seconds: int) -> tuple[dict[str, Connection], dict[str, str]]:
    """Connect to hosts and become root, by the same rule as the deploys do.

    Args:
        fleet: the loaded hosts.
        names: which of them.
        seconds: how long one command may take.

    Returns:
        The connections by name, and for every host without one the reason.
    """
    results = everywhere(fleet, names, lambda host: _connected(host, seconds))
    connections = {name: result for name, result in results.items() if isinstance(result, Connection)}
    return connections, {name: _reason(error) for name, error in results.items() if isinstance(error, Exception)}


def _connected(host: Host, seconds: int) -> Connection:
    connect(host)
    return as_root(host, seconds)


def as_root(host: Host, seconds: int) -> Connection:
    """Become root on a host, by the same rule as the deploys do.

    Args:
        host: the host, connected, pyinfra's current one.
        seconds: how long one command may take.

    Raises:
        HostLostError: nobody can become root there.
    """
    connection = Connection(host, become.escalation(), seconds)
    if connection.run("id -u").stdout.strip() != b"0":
        raise HostLostError(_why_not_root(host))
    return connection


def _why_not_root(host: Host) -> str:
    access: Access = host.get_fact(AccessFacts, _sudo=False)
    wants = "wants a password" if access.root_access is RootAccess.PASSWORD else f"is {access.root_access}"
    obstacle = become.obstacle()
    return f"{access.user} is not root, and sudo {wants}" + (f": {obstacle}" if obstacle else "")


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectError | HostLostError):
        return str(error)
    return f"{type(error).__name__}: {error}"

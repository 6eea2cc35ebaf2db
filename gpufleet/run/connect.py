"""Loads an inventory as the pyinfra command does, and connects to its hosts, all at once."""

from __future__ import annotations

from gpufleet.run import start  # noqa: F401 - gevent's patches, before anything else

# isort: split
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, TypeVar

import gevent
import pyinfra
from pyinfra.api import Config, Inventory, State
from pyinfra.api.exceptions import PyinfraError
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import ASKPASS_PATH_KEYS, remove_any_sudo_askpass_file
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state
from pyinfra_cli.exceptions import UnexpectedExternalError
from pyinfra_cli.inventory import make_inventory
from pyinfra_cli.util import exec_file

from gpufleet.inventory import InventoryError
from gpufleet.run import connection_data
from gpufleet.run.selection import select
from gpufleet.run.state import FleetState
from gpufleet.transport import prompt_transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyinfra.api import Host

T = TypeVar("T")
LEAVE_SECONDS = 3
"""How long a host may take to remove a file of ours when it is left."""


@dataclass(frozen=True)
class Fleet:
    """The hosts of one run.

    Attributes:
        state: pyinfra's own state of the run; there is one per process.
        hosts: the selected hosts by name, in the inventory's order.
        parallel: how many of them are worked on at once (`config.PARALLEL`).
    """

    state: State
    hosts: dict[str, Host]
    parallel: int = 80


def load(inventory: str, *, checkout: Path, limits: Sequence[str] = ()) -> Fleet:
    """Read an inventory with the group data and config.py of a checkout; no host is touched.

    Args:
        inventory: what the pyinfra command takes: a file, `@local`, host names separated by commas.
        checkout: the folder with config.py and group_data/.
        limits: group names, host names or patterns; none means every host.

    Returns:
        The selected hosts.

    Raises:
        InventoryError: there is no such file, it fails, it holds no host, or a host's connection data cannot be used.
        NothingMatchedError: a limit matches no host.
    """
    pyinfra.is_cli = True  # a key's passphrase is asked for, as the pyinfra command does
    state, config = FleetState(check_for_changes=False), Config()
    state.cwd = str(checkout)
    ctx_state.set(state)
    ctx_config.set(config)
    known = _read(inventory, checkout)
    connection_data.check(known, inventory, checkout)
    ctx_inventory.set(known)
    hosts = {host.name: host for host in known}
    groups = {name: [host.name for host in known.groups.get(name, ())] for name in {**known.group_data, **known.groups}}
    chosen = {name: hosts[name] for name in select(list(hosts), groups, limits)}
    parallel = config.PARALLEL or Fleet.parallel
    config.PARALLEL = max(config.PARALLEL, len(chosen))
    state.init(known, config, initial_limit=list(chosen.values()))
    return Fleet(state, chosen, parallel)


def _read(inventory: str, checkout: Path) -> Inventory:
    """Run config.py and the inventory's own code; whatever goes wrong there becomes one sentence."""
    if _is_path(inventory) and not Path(inventory).is_file():  # pyinfra would take it for a host's name
        raise InventoryError(f"{inventory}: no such file")
    if Path(inventory).suffix in {".yml", ".yaml"}:
        beside = Path(inventory).with_name("inventory.py")
        raise InventoryError(
            f"{inventory}: name the inventory.py beside it, which reads hosts.yml (--inventory {beside})"
        )
    try:
        if (checkout / "config.py").exists():
            exec_file(str(checkout / "config.py"))
        known: Inventory = make_inventory(inventory, cwd=str(checkout))
    except InventoryError:
        raise
    except SystemExit as ended:
        raise InventoryError(_of_exit(ended)) from ended
    except UnexpectedExternalError as error:  # pyinfra's wrapper around what a file raised
        raise InventoryError(f"{error.filename}: {type(error.exception).__name__}: {error.exception}") from error
    except (PyinfraError, SyntaxError) as error:
        raise InventoryError(f"{inventory}: {error}") from error
    if not len(known):
        raise InventoryError(f"{inventory}: {'there is no host in it' if _is_path(inventory) else 'no such host'}")
    return known


def _of_exit(ended: SystemExit) -> str:
    """Why a file ended the run by itself: its own words, where it has some."""
    if isinstance(ended.code, str):
        return ended.code
    *_, (frame, line) = walk_tb(ended.__traceback__)
    return f"{frame.f_code.co_filename}, line {line}: it ended the run by itself, with SystemExit({ended.code})"


def _is_path(inventory: str) -> bool:
    return "@" not in inventory and ("/" in inventory or Path(inventory).suffix in {".py", ".yml", ".yaml", ".ini"})


def everywhere(fleet: Fleet, names: Iterable[str], action: Callable[[Host], T]) -> dict[str, T | Exception]:
    """Do something with several hosts at the same time.

    Args:
        fleet: the loaded hosts.
        names: which of them.
        action: what to do with each, in pyinfra's context of that host.

    Returns:
        For each name what the action returned, or the exception that it raised: one host's trouble is its own.
    """
    tasks = {name: fleet.state.pool.spawn(_within, fleet, fleet.hosts[name], action) for name in names}
    gevent.joinall(tasks.values())
    return {name: task.get() for name, task in tasks.items()}


def connect(host: Host) -> None:
    """Connect to a host.

    Args:
        host: the host; its inventory data says how.

    Raises:
        ConnectError: it cannot be reached; the message says why.
    """
    if isinstance(host.connector, SSHConnector):
        given = host.connector.data["ssh_paramiko_connect_kwargs"] or {}
        host.connector.data["ssh_paramiko_connect_kwargs"] = {"transport_factory": prompt_transport, **given}
    host.connect(show_errors=False, raise_exceptions=True)
    host.state.activate_host(host)


def disconnect(fleet: Fleet) -> None:
    """Close every connection; a host that does not answer any more delays nobody."""
    gevent.joinall([gevent.spawn(leave, host) for host in list(fleet.state.activated_hosts)])


def leave(host: Host) -> None:
    """Close the connection to a host, and remove pyinfra's helper for sudo's password where there is one."""
    client = getattr(host.connector, "client", None)
    helper = any(key.startswith(ASKPASS_PATH_KEYS) and path for key, path in host.connector_data.items())
    if host.connected and helper:
        with gevent.Timeout(LEAVE_SECONDS, False), ctx_host.use(host):  # noqa: FBT003 - gevent's signature
            remove_any_sudo_askpass_file(host)
    if client is not None:
        client.close()
    host.connected = False


def _within(fleet: Fleet, host: Host, action: Callable[[Host], T]) -> T | Exception:
    with ctx_host.use(host), ctx_config.use(fleet.state.config.copy()):
        try:
            return action(host)
        except Exception as error:  # noqa: BLE001 - handed to the caller, with the others' results
            return error

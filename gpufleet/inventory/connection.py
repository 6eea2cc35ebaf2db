"""How a host is reached: the chosen connection variables as pyinfra's data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.inventory import ssh_config, ssh_options
from gpufleet.inventory.errors import InventoryError
from gpufleet.inventory.names import SSH_ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.inventory.choice import Chosen

LOCAL = "@local"
"""pyinfra's name for the machine on which it runs; a host that is reached so has no other name there."""

_RETRIES = {"ssh_connect_retries": 3, "ssh_connect_retry_min_delay": 0.5, "ssh_connect_retry_max_delay": 3.0}
"""For a host behind others: pyinfra makes a connection to the jump host for each host behind it, and sshd drops some
while more than 10 are being made (MaxStartups). Of 60 hosts 29 failed without, none with 2 more tries."""


@dataclass(frozen=True)
class Connection:
    """How one host is reached.

    Attributes:
        local: it is this machine.
        data: pyinfra's data for the host.
        ignored: ssh options that have no effect.
        missing: a sentence on a key file that is not there, for a person.
    """

    local: bool
    data: dict[str, object]
    ignored: tuple[str, ...] = ()
    missing: str = ""


def connection(host: str, chosen: Mapping[str, Chosen], directory: Path) -> Connection:
    """Say it in pyinfra's words.

    Args:
        host: its name.
        chosen: its connection variables.
        directory: where hosts.yml lies; key files are looked for there too.

    Raises:
        InventoryError: ssh options cannot be used.
    """
    values = {name: found.value for name, found in chosen.items()}
    if values.get("ansible_connection") == "local" or host == LOCAL:
        return Connection(local=True, data=_sudo(values))
    options = _options(host, chosen)
    data = options.data | {name: value for name, value in values.items() if name.startswith("ssh_")}
    key = chosen.get("ssh_key")
    if key:
        data["ssh_key"] = _key(key, directory)
    options.config = str(data.pop("ssh_config_file", options.config))
    data = _config(host, chosen, options, data) | data | _sudo(values)
    missing = _missing(key) if key and not data["ssh_key"] else ""
    return Connection(local=False, data=_set(data), ignored=tuple(options.ignored), missing=missing)


def _set(data: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in data.items() if value is not None}


def _sudo(values: Mapping[str, object]) -> dict[str, object]:
    """Keep what is needed to become root; a user named without `become`, or root itself, changes nothing."""
    data = {name: values[name] for name in ("_sudo", "_sudo_password") if name in values}
    user = values.get("_sudo_user", "root")
    return data | {"_sudo_user": user} if values.get("_sudo") and user != "root" else data


def _key(chosen: Chosen, directory: Path) -> str | None:
    """Find a private key: as ssh would from the working directory, or beside hosts.yml."""
    name = Path(str(chosen.value)).expanduser()
    found = (candidate for candidate in (name, directory / name) if candidate.is_file())
    return next((str(candidate.absolute()) for candidate in found), None)


def _missing(chosen: Chosen) -> str:
    """Say that a key is not there, as ssh does; pyinfra would end the run for all hosts."""
    return (
        f"{chosen.place}: {chosen.name}: there is no file {chosen.value} on this machine; the keys of the "
        "ssh agent and of ~/.ssh are tried instead"
    )


def _options(host: str, chosen: Mapping[str, Chosen]) -> ssh_options.Options:
    options = ssh_options.Options()
    for found in (chosen[name] for name in SSH_ARGUMENTS if name in chosen):
        try:
            ssh_options.parse(str(found.value), options)
        except ValueError as error:
            raise _unusable(host, found, error) from None
    return options


def _config(
    host: str,
    chosen: Mapping[str, Chosen],
    options: ssh_options.Options,
    data: Mapping[str, object],
) -> dict[str, object]:
    """Name an ssh_config for the host where one is needed."""
    if not options.in_file:
        if options.config == ssh_options.OWN_CONFIG:
            return {}
        return {"ssh_config_file": str(Path(options.config).expanduser())}
    port = data.get("ssh_port")
    try:
        text = ssh_config.render(str(data.get("ssh_hostname", host)), port, options)
    except ValueError as error:
        raise _unusable(host, next(chosen[name] for name in SSH_ARGUMENTS if name in chosen), error) from None
    found: dict[str, object] = {"ssh_config_file": str(ssh_config.write(text))}
    return _RETRIES | found if "ProxyJump" in options.in_file else found


def _unusable(host: str, chosen: Chosen, error: ValueError) -> InventoryError:
    return InventoryError(f"{chosen.place.at(host)}: {chosen.name}: {chosen.value!r}: {error}")

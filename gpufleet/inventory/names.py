"""The variables that say how a host is reached: Ansible's names, older names, and pyinfra's for the same things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.inventory import convert
from gpufleet.inventory.hierarchy import PRIORITY

if TYPE_CHECKING:
    from collections.abc import Callable

SSH_ARGUMENTS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
"""In the order in which Ansible hands them to ssh."""

CONVERTERS: dict[str, Callable[[object], object]] = {
    "ansible_connection": convert.connection,
    "ssh_hostname": convert.address,
    "ssh_port": convert.port,
    "ssh_user": convert.word,
    "ssh_key": convert.word,
    "ssh_password": convert.password,
    "ssh_key_password": convert.password,
    "ssh_allow_agent": convert.switch,
    "ssh_look_for_keys": convert.switch,
    "ssh_forward_agent": convert.switch,
    "ssh_config_file": convert.word,
    "ssh_known_hosts_file": convert.text,
    "ssh_strict_host_key_checking": convert.strictness,
    "ssh_paramiko_connect_kwargs": convert.options,
    "ssh_connect_retries": convert.count,
    "ssh_connect_retry_min_delay": convert.seconds,
    "ssh_connect_retry_max_delay": convert.seconds,
    "ssh_file_transfer_protocol": convert.transfer,
    "_sudo": convert.switch,
    "_sudo_user": convert.word,
    "_sudo_password": convert.secret,
    "ansible_become_method": convert.become_method,
    **dict.fromkeys(SSH_ARGUMENTS, convert.arguments),
}
"""Each connection variable under the one name used here, with what makes its value fit."""

_ALIASES = {
    "ansible_host": "ssh_hostname",
    "ansible_ssh_host": "ssh_hostname",
    "ansible_port": "ssh_port",
    "ansible_ssh_port": "ssh_port",
    "ansible_user": "ssh_user",
    "ansible_ssh_user": "ssh_user",
    "ansible_private_key_file": "ssh_key",
    "ansible_ssh_private_key_file": "ssh_key",
    "ansible_password": "ssh_password",
    "ansible_ssh_pass": "ssh_password",
    "ansible_ssh_password": "ssh_password",
    "ansible_become": "_sudo",
    "ansible_become_user": "_sudo_user",
    "ansible_become_password": "_sudo_password",
    "ansible_become_pass": "_sudo_password",
    "ansible_sudo_pass": "_sudo_password",
}

SECRETS = {"ssh_password", "ssh_key_password", "_sudo_password"}


def canonical(name: str) -> str | None:
    """Give the one name of a connection variable; nothing for any other variable."""
    name = _ALIASES.get(name, name)
    return name if name in CONVERTERS else None


def is_ignored(name: str) -> bool:
    """Tell whether a variable speaks to Ansible alone."""
    return name.startswith("ansible_") and canonical(name) is None and name != PRIORITY


def is_data(name: str) -> bool:
    """Tell whether a variable is handed to pyinfra as it stands."""
    return canonical(name) is None and not name.startswith("ansible_")

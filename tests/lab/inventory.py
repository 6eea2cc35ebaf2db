"""Inventories of lab hosts for the stock pyinfra command: a hosts.yml and an inventory.py beside it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.lab.host import LabHost

INVENTORY = '''"""An inventory of lab hosts, written by tests/lab."""

lab = ({hosts!r}, {variables!r})
'''


def write(folder: Path, hosts: Sequence[LabHost], variables: Mapping[str, object]) -> Path:
    """Write hosts.yml and inventory.py into a new folder beneath `folder`; return the path of inventory.py."""
    target = folder / f"{hosts[0].name}-{secrets.token_hex(3)}" if hosts else folder / secrets.token_hex(3)
    target.mkdir(parents=True)
    (target / "hosts.yml").write_text(yaml.safe_dump(hosts_yml(hosts, variables), sort_keys=False))
    entries = [(host.name, connection(host)) for host in hosts]
    path = target / "inventory.py"
    path.write_text(INVENTORY.format(hosts=entries, variables=dict(variables)))
    return path


def hosts_yml(hosts: Sequence[LabHost], variables: Mapping[str, object]) -> dict[str, Any]:
    """The inventory as Ansible would write it."""
    entries = {
        host.name: {
            "ansible_host": host.address,
            "ansible_port": host.port,
            "ansible_user": host.user,
            "ansible_ssh_private_key_file": str(host.key),
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={host.known_hosts}",
        }
        for host in hosts
    }
    return {"all": {"vars": dict(variables), "children": {"lab": {"hosts": entries}}}}


def connection(host: LabHost) -> dict[str, object]:
    """How pyinfra connects to a lab host (its ssh connector's data)."""
    return {
        "ssh_hostname": host.address,
        "ssh_port": host.port,
        "ssh_user": host.user,
        "ssh_key": str(host.key),
        "ssh_known_hosts_file": str(host.known_hosts),
    }

"""Inventories of lab hosts for the stock pyinfra command: a hosts.yml, read by the repository's own inventory.py."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from tests.lab import owner
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.lab.host import LabHost


def write(
    folder: Path,
    hosts: Sequence[LabHost],
    variables: Mapping[str, object],
    own: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
) -> Path:
    """Write hosts.yml and a copy of the repository's inventory.py into `folder`; return the latter's path.

    Args:
        folder: made when missing; what an earlier call wrote there is replaced.
        hosts: the hosts of group `lab`.
        variables: settings for all of them.
        own: settings of single hosts, by their names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hosts.yml").write_text(yaml.safe_dump(hosts_yml(hosts, variables, own), sort_keys=False))
    return Path(shutil.copy(CHECKOUT / "inventory.py", folder / "inventory.py"))


def new_name() -> str:
    """A name for an inventory's folder that nobody has and that says which process it ends with."""
    return f"{owner.this_process()}-{secrets.token_hex(3)}"


def owners(base: Path) -> dict[Path, str]:
    """The inventories beneath `base` that belong to a process, each with its mark; named ones belong to nobody."""
    names = {folder: re.fullmatch(r"(\d+-\d+)-[0-9a-f]{6}", folder.name) for folder in base.glob("*/")}
    return {folder: match[1] for folder, match in names.items() if match}


def hosts_yml(
    hosts: Sequence[LabHost],
    variables: Mapping[str, object],
    own: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The inventory as an Ansible user would write it."""
    entries = {
        host.name: {
            "ansible_host": host.address,
            "ansible_port": host.port,
            "ansible_user": host.user,
            "ansible_ssh_private_key_file": str(host.key),
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={host.known_hosts} -o StrictHostKeyChecking=yes",
            **own.get(host.name, {}),
        }
        for host in hosts
    }
    return {"all": {"vars": dict(variables), "children": {"lab": {"hosts": entries}}}}

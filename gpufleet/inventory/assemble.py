"""From hosts.yml to pyinfra's groups: reading, checking and ordering, one after the other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpufleet.inventory import beside, declared, hierarchy, reader, ssh_config, this_machine
from gpufleet.inventory.choice import OWN_RANK, choose
from gpufleet.inventory.connection import LOCAL, Connection, connection
from gpufleet.inventory.document import Document
from gpufleet.inventory.errors import InventoryError
from gpufleet.inventory.names import is_data, is_ignored

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gpufleet.inventory.tree import Tree, Variable
    from gpufleet.settings import RoleSettings

Groups = dict[str, tuple[list[Any], dict[str, Any]]]
"""pyinfra's own shape: each group's hosts and its data. In `all` a host is a pair of its name and its data."""


def groups(hosts_file: Path, models: Sequence[type[RoleSettings]]) -> Groups:
    """Read the inventory.

    Args:
        hosts_file: hosts.yml; where there is none, this machine is the inventory.
        models: the settings of all roles, to check variables against.

    Returns:
        The groups in order of precedence: where a host's groups differ on a variable, the last one wins in pyinfra.

    Raises:
        InventoryError: the inventory or a variable cannot be used. Nothing has been connected to.
    """
    directory = hosts_file.absolute().parent
    beside.refuse_unsupported(directory)
    own = (directory / "group_data", Path.cwd() / "group_data")
    declared.check_group_data((*own, *declared.given_group_data()), models)
    declared.check_command_line(models)
    if not (hosts_file.exists() or hosts_file.is_symlink()):
        return this_machine.groups()
    inventory = reader.build(Document(hosts_file))
    hierarchy.complete(inventory)
    if not inventory.hosts:
        raise InventoryError(f"{inventory.file}: there are no hosts in it; hosts.example.yml shows where they go")
    declared.check_tree(inventory, models)
    return _in_pyinfra(inventory, directory)


def _in_pyinfra(inventory: Tree, directory: Path) -> Groups:
    connections = _connections(inventory, directory)
    names = _names(inventory, connections)
    if any(not found.local for found in connections.values()):
        ssh_config.make_home()
    _say_what_has_no_effect(inventory, connections.values())
    ranks = hierarchy.ranks(inventory)
    everything = [(names[host], _data(inventory.values(host)) | connections[host].data) for host in inventory.hosts]
    found: Groups = {"all": (everything, _data(inventory.groups["all"].variables))}
    for name in sorted(inventory.groups, key=lambda name: (ranks[name], name)):
        group = inventory.groups[name]
        hosts = [names[host] for host in hierarchy.members(inventory, group)]
        if name != "all" and (hosts or name != hierarchy.UNGROUPED):
            found[name] = (hosts, _data(group.variables))
    # The local host has lost its name to pyinfra's; as a group it can still be chosen with --limit.
    for host, name in names.items():
        if host != name:
            found.setdefault(host, ([name], {}))
    return found


def _data(variables: Mapping[str, Variable]) -> dict[str, object]:
    return {name: variable.value for name, variable in variables.items() if is_data(name)}


def _connections(inventory: Tree, directory: Path) -> dict[str, Connection]:
    ranks = hierarchy.ranks(inventory)
    candidates = {host: [(OWN_RANK, variable) for variable in inventory.hosts[host]] for host in inventory.hosts}
    for name, group in inventory.groups.items():
        for host in hierarchy.members(inventory, group) if name != "all" else inventory.hosts:
            candidates[host] += [(ranks[name], variable) for variable in group.variables.values()]
    return {host: connection(host, choose(host, found), directory) for host, found in candidates.items()}


def _names(inventory: Tree, connections: Mapping[str, Connection]) -> dict[str, str]:
    local = [host for host, found in connections.items() if found.local]
    if len(local) > 1:
        raise InventoryError(
            f"{inventory.file}: {', '.join(local)} are all this machine (ansible_connection: local); keep one of them",
        )
    return {host: LOCAL if host in local else host for host in inventory.hosts}


def _say_what_has_no_effect(inventory: Tree, connections: Collection[Connection]) -> None:
    variables = [name for group in inventory.groups.values() for name in group.variables]
    variables += [variable.name for host in inventory.hosts.values() for variable in host]
    names = sorted({name for name in variables if is_ignored(name)})
    names += sorted({f"ssh {option}" for found in connections for option in found.ignored})
    for sentence in sorted({found.missing for found in connections if found.missing}):
        sys.stderr.write(f"{sentence}\n")
    if names:
        sys.stderr.write(f"{inventory.file}: ignored, as it speaks to Ansible alone: {', '.join(names)}\n")

"""How groups hold groups: order of precedence and members, by Ansible's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.inventory.errors import InventoryError, Place
from gpufleet.inventory.tree import Group

if TYPE_CHECKING:
    from gpufleet.inventory.tree import Tree

PRIORITY = "ansible_group_priority"
UNGROUPED = "ungrouped"

Rank = tuple[int, int]
"""Depth below `all`, then priority: of two groups of one host the one with the higher rank wins."""


def complete(tree: Tree) -> None:
    """Add what every inventory has: the group `all` above all groups and hosts, and `ungrouped`.

    Raises:
        InventoryError: groups hold each other in a circle.
    """
    everything = tree.groups.setdefault("all", Group("all", Place(tree.file, 1, "group all")))
    ungrouped = tree.groups.setdefault(UNGROUPED, Group(UNGROUPED, Place(tree.file, 1, f"group {UNGROUPED}")))
    grouped = {host for name, group in tree.groups.items() if name not in ("all", UNGROUPED) for host in group.hosts}
    ungrouped.hosts = {host: None for host in tree.hosts if host not in grouped}
    held = {child for group in tree.groups.values() for child in group.children}
    everything.children |= {name: None for name in tree.groups if name not in held and name != "all"}
    _refuse_circles(tree)


def members(tree: Tree, group: Group) -> list[str]:
    """Name the hosts of a group and of all groups below it, in the order of the file."""
    found: set[str] = set()
    waiting, seen = [group.name], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            found.update(tree.groups[name].hosts)
            waiting.extend(tree.groups[name].children)
    return [host for host in tree.hosts if host in found]


def ranks(tree: Tree) -> dict[str, Rank]:
    """Give each group its rank.

    The depth is the longest way down from `all`. Groups of one rank follow the alphabet
    (https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html#how-variables-are-merged).
    """
    depths = dict.fromkeys(tree.groups, 0)
    waiting = [("all", 0)]
    while waiting:
        name, depth = waiting.pop()
        if depth > depths[name] or name == "all":
            depths[name] = depth
            waiting.extend((child, depth + 1) for child in tree.groups[name].children)
    return {name: (depths[name], _priority(group)) for name, group in tree.groups.items()}


def _priority(group: Group) -> int:
    variable = group.variables.get(PRIORITY)
    if variable is None:
        return 1
    try:
        return int(str(variable.value))
    except ValueError:
        raise InventoryError(f"{variable.place}: {PRIORITY}: {variable.value!r} is no whole number") from None


def _refuse_circles(tree: Tree) -> None:
    done: set[str] = set()
    for start in tree.groups:
        _descend(tree, start, (), done)


def _descend(tree: Tree, name: str, way: tuple[str, ...], done: set[str]) -> None:
    if name in way:
        circle = " > ".join((*way[way.index(name) :], name))
        raise InventoryError(f"{tree.groups[name].place}: groups hold each other in a circle: {circle}")
    if name in done:
        return
    for child in tree.groups[name].children:
        _descend(tree, child, (*way, name), done)
    done.add(name)

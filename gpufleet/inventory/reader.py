"""hosts.yml as groups, hosts and variables, read as Ansible's YAML inventory plugin reads it."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import yaml

from gpufleet.inventory import ranges
from gpufleet.inventory.errors import InventoryError, Place
from gpufleet.inventory.tree import Group, Tree, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.inventory.document import Document

SECTIONS = ("hosts", "vars", "children")
_OPTIONS_OF_PYINFRA = ("names_data", "override_data", "self")
"""Argument names of pyinfra's `Inventory`, to which groups are handed as further arguments."""


def build(document: Document) -> Tree:
    """Read the groups of a document.

    Raises:
        InventoryError: a group, host or section is not what it should be.
    """
    tree = Tree(document.file)
    names = {name for name, _, _ in document.entries(document.root)}
    if "plugin" in names:
        raise InventoryError(
            f"{tree.file}: the configuration of an inventory plugin, which is not supported; "
            "`ansible-inventory -i FILE --list --yaml --output hosts.yml` writes what it finds as YAML",
        )
    for name, key, node in document.entries(document.root):
        if name in SECTIONS:
            raise InventoryError(f"{document.place(key)}: {name} belongs to a group; put it below `all:`")
        _Builder(document, tree).group(name, key, node)
    return tree


@dataclass
class _Builder:
    document: Document
    tree: Tree

    def group(self, name: str, key: yaml.Node, node: yaml.Node) -> None:
        place = self.document.place(key, f"group {name}")
        _check_name(name, place)
        group = self.tree.groups.setdefault(name, Group(name, place))
        for section, section_key, content in self._mapping(node, place):
            where = self.document.place(section_key, f"group {name}")
            if section == "vars":
                found = self._variables(content, where)
                group.variables.update({variable.name: variable for variable in found})
            elif section == "children":
                self._children(group, content, where)
            elif section == "hosts":
                self._hosts(group, content, where)
            else:
                raise InventoryError(f"{where}: {_unexpected(section)}")

    def _children(self, group: Group, content: yaml.Node, where: Place) -> None:
        for name, key, node in self._mapping(content, where, "children", one_name=True):
            group.children[name] = None
            self.group(name, key, node)

    def _hosts(self, group: Group, content: yaml.Node, where: Place) -> None:
        for pattern, key, node in self._mapping(content, where, "hosts", one_name=True):
            try:
                names, port = ranges.expand(pattern)
            except ranges.PatternError as error:
                raise InventoryError(f"{self.document.place(key)}: host {pattern}: {error}") from None
            place = self.document.place(key, f"host {pattern}")
            variables = list(self._variables(node, place))
            if port is not None:
                variables.append(Variable("ansible_port", port, place))
            for name in names:
                group.hosts[name] = None
                self.tree.hosts.setdefault(name, []).extend(variables)

    def _variables(self, node: yaml.Node, where: Place) -> Iterator[Variable]:
        for name, key, value in self._mapping(node, where, "variables"):
            yield Variable(name, self.document.value(value), self.document.place(key, where.holder))

    def _mapping(
        self,
        node: yaml.Node,
        where: Place,
        what: str = "",
        *,
        one_name: bool = False,
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """Walk a mapping; nothing at all counts as empty, and a lone word as one name where Ansible takes it so."""
        if isinstance(node, yaml.MappingNode):
            yield from self.document.entries(node)
            return
        value = self.document.value(node)
        if value is None:
            return
        if not (one_name and isinstance(value, str)):
            raise InventoryError(f"{self.document.place(node, where.holder)}: {_wrong_shape(value, what)}")
        yield value, node, yaml.ScalarNode("tag:yaml.org,2002:null", "null", node.start_mark, node.end_mark)


def _check_name(name: str, place: Place) -> None:
    if name.startswith("_") or not name:
        raise InventoryError(f"{place}: pyinfra passes over groups whose name begins with an underscore; rename it")
    if name in _OPTIONS_OF_PYINFRA:
        raise InventoryError(f"{place}: pyinfra keeps the name {name} for itself; rename the group")


def _unexpected(section: str) -> str:
    near = get_close_matches(section, SECTIONS, n=1)
    advice = f"did you mean {near[0]}?" if near else "hosts, vars and children can; other groups go below `children:`"
    return f"{section} cannot stand in a group; {advice}"


def _wrong_shape(value: object, what: str) -> str:
    if what == "variables":
        return f"{value!r} stands where variables are expected, as in `ansible_host: 10.0.0.5`"
    if isinstance(value, list):
        return f"a list stands where names are expected; write `name:` instead of `- name` ({what or 'groups'})"
    return f"{value!r} stands where {what or 'hosts, vars or children'} are expected"

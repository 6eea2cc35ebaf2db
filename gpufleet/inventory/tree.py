"""Groups, hosts and variables, as a file says them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpufleet.inventory.errors import Place


@dataclass(frozen=True)
class Variable:
    """One variable as written."""

    name: str
    value: object
    place: Place


@dataclass
class Group:
    """What a file says of one group, in all the places where it does.

    Attributes:
        name: as written.
        place: where it is named first.
        variables: the last value of each.
        hosts: the names of its own hosts, in order, as keys.
        children: the names of the groups below it, as keys.
    """

    name: str
    place: Place
    variables: dict[str, Variable] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)


@dataclass
class Tree:
    """A whole inventory file.

    Attributes:
        file: its name for messages.
        groups: by name, in the order of the file.
        hosts: for each host everything said about it, in the order of the file; a name can occur more than once.
    """

    file: str
    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, list[Variable]] = field(default_factory=dict)

    def values(self, host: str) -> dict[str, Variable]:
        """Give the host's own variables; of two with one name the later counts, as in Ansible."""
        return {variable.name: variable for variable in self.hosts[host]}

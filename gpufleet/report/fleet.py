"""What shows only when hosts are held against each other: the ones that differ in a fact. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gpufleet.report.model import HostReport


@dataclass(frozen=True)
class Spread:
    """A fact that is not the same on all hosts.

    Attributes:
        fact: its name, `driver`.
        values: the hosts by value, the most common value first; the value None for hosts without that fact.
    """

    fact: str
    values: tuple[tuple[str | None, tuple[str, ...]], ...]

    @property
    def hosts(self) -> int:
        """How many hosts were compared."""
        return sum(len(hosts) for _, hosts in self.values)


def spreads(hosts: Iterable[HostReport]) -> tuple[Spread, ...]:
    """The facts in which hosts differ; a host of which no fact is known is left out.

    Args:
        hosts: of one run.
    """
    known = [host for host in hosts if host.facts]
    names = dict.fromkeys(fact for host in known for fact in host.facts)
    found = (_spread(fact, known) for fact in names)
    return tuple(spread for spread in found if len(spread.values) > 1)


def _spread(fact: str, hosts: Iterable[HostReport]) -> Spread:
    values: dict[str | None, list[str]] = defaultdict(list)
    for host in hosts:
        values[host.facts.get(fact)].append(host.name)
    common = sorted(values.items(), key=lambda item: (-len(item[1]), item[0] is None, item[0] or ""))
    return Spread(fact, tuple((value, tuple(names)) for value, names in common))

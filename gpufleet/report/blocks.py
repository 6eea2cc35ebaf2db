"""Hosts of which the same is to be said, as one block, so that two hundred hosts stay readable. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.report.item_lines import since_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from gpufleet.report.model import HostReport, ItemFinding

UNKNOWN, DRIFTED, MENDED, CLEAN = range(4)
"""Worst first. A host that apply has mended is in sync, and worth a block of its own."""
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", re.ASCII)


@dataclass(frozen=True)
class Block:
    """Hosts in the same state, for the same reason, with the same findings.

    Attributes:
        rank: UNKNOWN, DRIFTED, MENDED or CLEAN.
        hosts: at least one.
    """

    rank: int
    hosts: tuple[HostReport, ...]

    @property
    def first(self) -> HostReport:
        """The one that stands for all."""
        return self.hosts[0]

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [host.name for host in self.hosts]

    def of_all(self, text: str) -> str:
        """A reason or way out as it holds for every host of the block: own names and addresses are left open."""
        return text if len(self.hosts) == 1 else _general(text, self.first.name)

    def since(self, position: int) -> str | None:
        """Since when one of the findings is there, over all hosts, in words."""
        return since_of(host.findings[position] for host in self.hosts)


def rank(host: HostReport) -> int:
    """How bad it is, for sorting."""
    if host.status != "in_sync":
        return UNKNOWN if host.status == "unknown" else DRIFTED
    return MENDED if host.mended else CLEAN


def blocks(hosts: Iterable[HostReport]) -> list[Block]:
    """Every host in one block, the worst block first; the inventory's order among equals.

    Args:
        hosts: of one run.
    """
    alike: dict[Hashable, list[HostReport]] = defaultdict(list)
    for host in hosts:
        alike[_said_of(host)].append(host)
    found = [Block(rank(members[0]), tuple(members)) for members in alike.values()]
    return sorted(found, key=lambda block: (block.rank, -len(block.first.findings)))


def _said_of(host: HostReport) -> Hashable:
    """What is said of a host, without what may differ between hosts of one block."""
    place = rank(host)
    if place == CLEAN:
        return place
    reasons = [None if text is None else _general(text, host.name) for text in (host.why, host.way_out)]
    findings, mended = ([_content(finding) for finding in held] for held in (host.findings, host.mended))
    return place, *reasons, tuple(findings), tuple(mended), host.unjudged, host.undone


def _content(finding: ItemFinding) -> Hashable:
    """Everything but its time."""
    what = finding.id, finding.kind, finding.resource, finding.expected, finding.observed, finding.diff
    return *what, finding.remedy, finding.mendable, finding.failure


def _general(text: str, name: str) -> str:
    """A sentence about one host as it would be about any: reasons for a lost connection name the address."""
    without = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", "HOST", text) if name in text else text
    return _ADDRESS.sub("ADDRESS", without)

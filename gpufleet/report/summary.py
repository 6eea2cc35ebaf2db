"""What a run comes to: the counts, and the sentence that says them. Pure."""

from __future__ import annotations

import signal
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.report.model import HostReport, Report


@dataclass(frozen=True)
class Counts:
    """How many of what.

    Attributes:
        hosts: all that were selected.
        in_sync: hosts as declared.
        drifted: hosts with findings, and nothing unread.
        unknown: hosts with something that could not be read.
        items: that are declared.
        as_declared: of those the ones without a finding.
        findings: that are there now, unread items not among them.
        classes: all findings by class.
        mended: findings that apply has mended.
        failed: findings that apply could not mend.
        unjudged: items that wait.
        undone: items that an interrupted apply had not come to.
        tests: for verify, by outcome.
    """

    hosts: int
    in_sync: int
    drifted: int
    unknown: int
    items: int
    as_declared: int
    findings: int
    classes: dict[str, int]
    mended: int
    failed: int
    unjudged: int
    undone: int
    tests: dict[str, int]


def as_declared(host: HostReport) -> int:
    """How many of a host's items were judged and have no finding."""
    others = {finding.id for finding in host.findings} | {waiting.id for waiting in host.unjudged}
    return max(0, host.items - len(others))


def counts(hosts: Sequence[HostReport]) -> Counts:
    """Count.

    Args:
        hosts: of one run.
    """
    status = Counter(host.status for host in hosts)
    classes = Counter(finding.kind for host in hosts for finding in host.findings)
    return Counts(
        hosts=len(hosts),
        in_sync=status["in_sync"],
        drifted=status["drifted"],
        unknown=status["unknown"],
        items=sum(host.items for host in hosts),
        as_declared=sum(as_declared(host) for host in hosts),
        findings=classes.total() - classes["unknown"],
        classes={str(kind): count for kind, count in sorted(classes.items())},
        mended=sum(len(host.mended) for host in hosts),
        failed=sum(finding.failure is not None for host in hosts for finding in host.findings),
        unjudged=sum(len(host.unjudged) for host in hosts),
        undone=sum(len(host.undone) for host in hosts),
        tests=dict(sum((Counter(host.tests) for host in hosts), Counter[str]())),
    )


def sentence(report: Report) -> str:
    """What was done on how many hosts, and what came of it.

    Args:
        report: of check or apply.
    """
    total = counts(report.hosts)
    if not total.hosts:
        return "No host was selected."
    if report.verb.startswith("remove"):
        return _of_removal(report, total)
    done = f"{'Applied to' if report.verb == 'apply' else 'Checked'} {plural(total.hosts, 'host')}"
    drifted = sum(host.drifted for host in report.hosts)
    parts = {
        f"{total.as_declared} of {plural(total.items, 'item')} as declared": True,
        f"{total.mended} mended": total.mended,
        f"{plural(total.findings, 'finding')} on {plural(drifted, 'host')}": total.findings,
        f"{total.failed} failed": total.failed,
        f"{total.unjudged} not judged": total.unjudged,
        f"{total.undone} left undone": total.undone,
        f"{plural(total.unknown, 'host')} unknown": total.unknown,
    }
    return f"{_stopped(report)}{done}: {', '.join(text for text, shown in parts.items() if shown)}."


def _of_removal(report: Report, total: Counts) -> str:
    looked = report.verb != "remove"
    done = f"{'Looked at' if looked else 'Removed from'} {plural(total.hosts, 'host')}"
    would_go = total.findings - total.classes.get("pending", 0)
    parts = {
        f"{total.mended} gone" if not looked else f"{would_go} would go": True,
        f"{total.classes.get('pending', 0)} waiting for a person": total.classes.get("pending"),
        f"{would_go} left": would_go and not looked,
        f"{total.failed} failed": total.failed,
        f"{total.undone} not come to": total.undone,
        f"{plural(total.unknown, 'host')} unknown": total.unknown,
    }
    return f"{_stopped(report)}{done}: {', '.join(text for text, shown in parts.items() if shown)}."


def _stopped(report: Report) -> str:
    return f"Interrupted by {_signal(report.signal)}. " if report.signal is not None else ""


def plural(count: int, word: str) -> str:
    """`1 host`, `2 hosts`."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

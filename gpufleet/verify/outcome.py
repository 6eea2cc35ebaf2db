"""What a verification found out about all hosts, and the report that is made of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from gpufleet.report.model import HostReport, ItemFinding, Report
from gpufleet.report.verified import verified_lines
from gpufleet.verify import named
from gpufleet.verify.host_outcome import STOPPED, HostOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.report.line import Line

BEGINNING = datetime.fromtimestamp(0, UTC)
Result = Literal["passed", "failed", "error", "skipped", "simulated"]

REMEDY = "`gpufleet check` says what is not as declared"


@dataclass
class Outcome:
    """The results of all hosts.

    Attributes:
        roles: those that a test can be about.
        selected: the hosts of the run, in the inventory's order.
        hosts: those that something is known of.
    """

    roles: Sequence[str] = ()
    selected: Sequence[str] = ()
    hosts: dict[str, HostOutcome] = field(default_factory=dict)

    def host(self, name: str) -> HostOutcome:
        """The entry of one host, made when it is new."""
        return self.hosts.setdefault(name, HostOutcome(name))

    def add(self, name: str, result: Result, test: str, raised: str = "") -> None:
        """Count one test's result.

        Args:
            name: the host.
            result: of the test.
            test: pytest's node id.
            raised: what it failed with.
        """
        entry = self.host(name)
        setattr(entry, result, getattr(entry, result) + 1)
        if result in {"failed", "error"}:
            entry.findings.append(self._finding(name, result, test, raised))

    def add_unreachable(self, name: str, reason: str, not_run: int = 0) -> None:
        """Note that a host could not be asked, with the first reason given."""
        entry = self.host(name)
        entry.unreachable = entry.unreachable or reason
        entry.not_run += not_run

    def add_note(self, name: str, note: str) -> None:
        """Keep a sentence about a host, once."""
        entry = self.host(name)
        if note not in entry.notes:
            entry.notes.append(note)

    @property
    def exit_code(self) -> int:
        """0: everything that was asked holds · 2: something does not · 4: a host was not reached · 6: both · 1: none.

        Where not one test passed or failed, nothing was verified, and that is no success. A simulated result is none.
        """
        return self.report().exit_code

    def report(self, inventory: str = "", started: datetime = BEGINNING, *, interrupted: int | None = None) -> Report:
        """The report of the verification.

        Args:
            inventory: as it was given.
            started: when, with its time zone.
            interrupted: by which signal; hosts that the run had not come to are in the report all the same.
        """
        hosts = [host.report() for host in self.hosts.values()]
        if interrupted is not None:
            hosts += [HostReport(name=name, why=STOPPED) for name in self.selected if name not in self.hosts]
        order = {name: place for place, name in enumerate(self.selected)}
        return Report(
            verb="verify",
            inventory=inventory,
            revision=None,
            started=started.isoformat(timespec="seconds"),
            seconds=0.0,
            hosts=tuple(sorted(hosts, key=lambda host: order.get(host.name, len(order)))),
            signal=interrupted,
            verified=any(host.passed for host in self.hosts.values()),
        )

    def summary(self) -> list[Line]:
        """One line per host with its colour, worst first; below it a line for each of its notes."""
        return verified_lines(host.report() for host in self.hosts.values())

    def _finding(self, host: str, result: Result, test: str, raised: str) -> ItemFinding:
        name, said = named.test_id(test, host), named.message(raised)
        return ItemFinding(
            id=name,
            role=named.role(test, self.roles),
            kind="runtime",
            resource=test.partition("::")[0],
            expected=named.sentence(name),
            observed=said if result == "failed" else f"could not be judged: {said}",
            remedy=REMEDY,
            mendable=False,
        )

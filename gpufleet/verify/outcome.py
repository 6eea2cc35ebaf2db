"""What a verification found out, per host: the counts, the exit code and the summary. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Result = Literal["passed", "failed", "error", "skipped"]
Colour = Literal["red", "yellow", "green"]

OK = 0
RUN_FAILED = 1
FINDINGS = 2
UNREADABLE = 4


@dataclass
class HostOutcome:
    """The results of one host.

    Attributes:
        name: the host.
        passed: tests that passed.
        failed: tests that failed.
        error: tests that could not be judged although the host answers.
        skipped: tests that do not apply to this host.
        unreachable: why the host could not be asked, all along or from some test on; None when it could.
        not_run: tests that were not even tried for that reason.
    """

    name: str
    passed: int = 0
    failed: int = 0
    error: int = 0
    skipped: int = 0
    unreachable: str | None = None
    not_run: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """For sorting, worst first."""
        kind = 0 if self.unreachable else 1 if self.failed or self.error else 3 if self.passed else 2
        return kind, -self.failed - self.error

    @property
    def colour(self) -> Colour:
        """Green needs something that passed: skipped tests show nothing."""
        return "red" if self.rank[0] < 2 else "green" if self.passed else "yellow"  # noqa: PLR2004 - see rank

    def __str__(self) -> str:
        """What there is to say, the worst first."""
        counts = {"failed": self.failed, "errors": self.error, "passed": self.passed, "skipped": self.skipped}
        words = [f"{count} {word}" for word, count in counts.items() if count]
        if self.unreachable:
            words = [f"not reached: {self.unreachable}", *words]
            words += [f"{self.not_run} not run"] if self.not_run else []
        elif not self.passed and not self.failed and not self.error:
            words.append("nothing verified")
        return ", ".join(words)


@dataclass
class Outcome:
    """The results of all hosts."""

    hosts: dict[str, HostOutcome] = field(default_factory=dict)

    def host(self, name: str) -> HostOutcome:
        """The entry of one host, made when it is new."""
        return self.hosts.setdefault(name, HostOutcome(name))

    def add(self, name: str, result: Result) -> None:
        """Count one test's result."""
        entry = self.host(name)
        setattr(entry, result, getattr(entry, result) + 1)

    def add_unreachable(self, name: str, reason: str, not_run: int = 0) -> None:
        """Note that a host could not be asked, with the first reason given."""
        entry = self.host(name)
        entry.unreachable = entry.unreachable or reason
        entry.not_run += not_run

    @property
    def exit_code(self) -> int:
        """0: everything that was asked holds · 2: something does not · 4: a host was not reached · 6: both · 1: none.

        Where not one test passed or failed, nothing was verified, and that is no success.
        """
        hosts = self.hosts.values()
        code = FINDINGS if any(host.failed or host.error for host in hosts) else OK
        code |= UNREADABLE if any(host.unreachable for host in hosts) else OK
        return code if code or any(host.passed for host in hosts) else RUN_FAILED

    def summary(self) -> list[tuple[str, Colour]]:
        """One line per host with its colour, worst first."""
        hosts = sorted(self.hosts.values(), key=lambda host: host.rank)
        width = max((len(host.name) for host in hosts), default=0)
        return [(f"{host.name:<{width}}  {host}", host.colour) for host in hosts]

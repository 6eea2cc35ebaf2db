"""What a verification found out, per host: the counts, the exit code and the summary. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Result = Literal["passed", "failed", "error", "skipped", "simulated"]
Colour = Literal["red", "yellow", "green"]

OK = 0
RUN_FAILED = 1
FINDINGS = 2
UNREADABLE = 4
SIMULATED = "skipped (simulated, result right)"
"""The summary's words for tests that a simulator computed."""


@dataclass
class HostOutcome:
    """The results of one host.

    Attributes:
        name: the host.
        passed: tests that passed.
        failed: tests that failed.
        error: tests that could not be judged although the host answers.
        skipped: tests that do not apply to this host.
        simulated: tests whose result is right, and was computed by a simulator: nothing passed on a GPU.
        notes: what tests found out besides, in sentences.
        unreachable: why the host could not be asked, all along or from some test on; None when it could.
        not_run: tests that were not even tried for that reason.
    """

    name: str
    passed: int = 0
    failed: int = 0
    error: int = 0
    skipped: int = 0
    simulated: int = 0
    notes: list[str] = field(default_factory=list)
    unreachable: str | None = None
    not_run: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """For sorting, worst first."""
        kind = 0 if self.unreachable else 1 if self.failed or self.error else 3 if self.passed else 2
        return kind, -self.failed - self.error

    @property
    def colour(self) -> Colour:
        """Green needs something that passed: skipped and simulated tests show nothing."""
        return "red" if self.rank[0] < 2 else "green" if self.passed else "yellow"  # noqa: PLR2004 - see rank

    def __str__(self) -> str:
        """What there is to say, the worst first."""
        counts = {"failed": self.failed, "errors": self.error, "passed": self.passed, "skipped": self.skipped}
        counts[SIMULATED] = self.simulated
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
        hosts = self.hosts.values()
        code = FINDINGS if any(host.failed or host.error for host in hosts) else OK
        code |= UNREADABLE if any(host.unreachable for host in hosts) else OK
        return code if code or any(host.passed for host in hosts) else RUN_FAILED

    def summary(self) -> list[tuple[str, Colour]]:
        """One line per host with its colour, worst first; below it a line for each of its notes."""
        hosts = sorted(self.hosts.values(), key=lambda host: host.rank)
        width = max((len(host.name) for host in hosts), default=0)
        rows = [(host, name, text) for host in hosts for name, text in [(host.name, str(host)), *_noted(host)]]
        return [(f"{name:<{width}}  {text}", host.colour) for host, name, text in rows]


def _noted(host: HostOutcome) -> list[tuple[str, str]]:
    """The rows below a host's own: a blank name and a note each."""
    return [("", note) for note in host.notes]

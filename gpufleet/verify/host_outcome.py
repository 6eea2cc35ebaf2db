"""What a verification found out about one host: counts, failures, notes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gpufleet.report.model import HostReport
from gpufleet.report.verified import ERRORS, FAILED, NOT_RUN, PASSED

if TYPE_CHECKING:
    from gpufleet.report.model import ItemFinding

SIMULATED = "skipped (simulated, result right)"
"""The summary's words for tests that a simulator computed."""
STOPPED = "the run stopped before its end"


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
        findings: tests that failed or could not be judged.
        due: tests that the run has not come to yet.
        seconds: that its tests took.
        commands: that were sent to it.
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
    findings: list[ItemFinding] = field(default_factory=list)
    due: int = 0
    seconds: float = 0.0
    commands: int = 0

    @property
    def why(self) -> str | None:
        """Why not all of its tests say something about it; None when they do."""
        return self.unreachable or (STOPPED if self.due else None)

    def report(self) -> HostReport:
        """The host as every reporter takes it."""
        counts = {FAILED: self.failed, ERRORS: self.error, PASSED: self.passed, "skipped": self.skipped}
        counts |= {SIMULATED: self.simulated, NOT_RUN: self.not_run + self.due}
        return HostReport(
            name=self.name,
            why=self.why,
            findings=tuple(self.findings),
            items=self.passed + self.failed + self.error,
            notices=tuple(self.notes),
            tests={word: count for word, count in counts.items() if count},
            commands=self.commands,
            seconds=self.seconds,
        )

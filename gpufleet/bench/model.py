"""What a benchmark of several hosts came to. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from gpufleet.bench.program.answer import exit_code
from gpufleet.report.model import AS_DECLARED, BY_SIGNAL, FINDINGS, RUN_FAILED, UNREAD

if TYPE_CHECKING:
    from collections.abc import Mapping

Status: TypeAlias = Literal["measured", "wrong", "unmeasured"]
"""All is measured; a result is wrong; something, or all, could not be measured."""


@dataclass(frozen=True, kw_only=True)
class HostBench:
    """One host.

    Attributes:
        name: its name in the inventory.
        why: why nothing could be measured there; None where the program answered.
        way_out: what a person does about that; a command where there is one.
        sandbox: the one in which it was measured, None where it did not come to that.
        others: further sandboxes that run there.
        answer: what the program answered, as `schema.json` describes it.
        seconds: from the first connection to the answer.
    """

    name: str
    why: str | None = None
    way_out: str | None = None
    sandbox: str | None = None
    others: tuple[str, ...] = ()
    answer: Mapping[str, Any] | None = None
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 all is measured · 2 a result is wrong · 4 something could not be measured · 6 both."""
        return UNREAD if self.answer is None else exit_code(self.answer)

    @property
    def status(self) -> Status:
        """The worst that can be said of it."""
        return "wrong" if self.exit_code & FINDINGS else "unmeasured" if self.exit_code else "measured"


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """One run over a fleet.

    Attributes:
        inventory: as it was given.
        limits: the groups, hosts and patterns that it was limited to, as given; empty for all hosts.
        started: ISO 8601 in UTC.
        seconds: the whole run.
        hosts: every selected host, in the inventory's order.
        signal: the one that interrupted the run, None when none did.
    """

    inventory: str
    limits: tuple[str, ...]
    started: str
    seconds: float
    hosts: tuple[HostBench, ...]
    signal: int | None = None

    @property
    def exit_code(self) -> int:
        """0 all is measured · 2 a result is wrong · 4 something was not measured · 6 both · 1 no host · 128 + N."""
        if self.signal is not None:
            return BY_SIGNAL + self.signal
        code = AS_DECLARED
        for host in self.hosts:
            code |= host.exit_code
        return code if self.hosts else RUN_FAILED

"""The one result of check, apply and verify, from which every form of a report is made. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.finding import FindingClass

Verb: TypeAlias = Literal["check", "apply", "verify", "remove", "remove --check"]
Status: TypeAlias = Literal["in_sync", "drifted", "unknown"]

AS_DECLARED = 0
RUN_FAILED = 1
FINDINGS = 2
UNREAD = 4
USAGE = 64
"""sysexits.h: the command was used incorrectly."""
BY_SIGNAL = 128
"""A shell's exit code for a process that signal N ended is 128 + N."""


@dataclass(frozen=True, kw_only=True)
class ItemFinding:
    """A difference on one host, by the item that it is about.

    Attributes:
        id: the item's stable id, `docker-engine.install-docker-s-packages`; for verify the test's.
        role: the role that manages it, `docker_engine`.
        kind: its class.
        resource: what differs: a path, a package, a unit, a container.
        expected: the declared state, in words without secrets.
        observed: what the host shows, in words without secrets.
        remedy: what apply will do, or what a person has to do.
        mendable: apply mends it; else a person does.
        diff: a unified diff for texts, without secrets.
        since: when what is observed came about, ISO 8601 in UTC; None where the host does not tell.
        failure: why apply could not mend it; None where it was not tried or nothing failed.
    """

    id: str
    role: str
    kind: FindingClass
    resource: str
    expected: str
    observed: str
    remedy: str = "apply"
    mendable: bool = True
    diff: str | None = None
    since: str | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unjudged:
    """An item that nothing can be said about until another one is mended.

    Attributes:
        id: of the item.
        why: what it waits for.
    """

    id: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LastApply:
    """What the host's stamp says.

    Attributes:
        changed_at: when an apply last changed something, ISO 8601 in UTC; None where the stamp does not say.
        revision: of the deploy repository at that time.
        version: of gpufleet at that time.
        in_progress: an apply began after that and did not come to its end.
    """

    changed_at: str | None = None
    revision: str | None = None
    version: str | None = None
    in_progress: bool = False


@dataclass(frozen=True, kw_only=True)
class HostReport:
    """One host.

    Attributes:
        name: its name in the inventory.
        why: why it, or part of it, could not be read; None when all of it was.
        way_out: what a person does about that; a command where there is one.
        findings: what is not as declared now: for apply, what is left of it.
        mended: what apply has mended.
        unjudged: items that wait for a finding to be mended.
        items: how many items are declared for it, of the roles in question; those with a finding and those that wait
            count among them.
        notices: sentences for a person; they never change the exit code.
        last_apply: what its stamp says; None for a host without one, or unread.
        facts: what is worth comparing over a fleet, as `driver`: `580.159.04`.
        tests: for verify, how many tests `passed`, `failed`, …
        undone: apply was interrupted: ids of the items that it had not come to.
        commands: how many commands were sent to the host.
        seconds: from the first connection to the last answer.
    """

    name: str
    why: str | None = None
    way_out: str | None = None
    findings: tuple[ItemFinding, ...] = ()
    mended: tuple[ItemFinding, ...] = ()
    unjudged: tuple[Unjudged, ...] = ()
    items: int = 0
    notices: tuple[str, ...] = ()
    last_apply: LastApply | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, int] = field(default_factory=dict)
    undone: tuple[str, ...] = ()
    commands: int = 0
    seconds: float = 0.0

    @property
    def unread(self) -> bool:
        """Whether something on it could not be read."""
        return self.why is not None or any(finding.kind == "unknown" for finding in self.findings)

    @property
    def drifted(self) -> bool:
        """Whether something on it was read and is not as declared."""
        return bool(self.undone) or any(finding.kind != "unknown" for finding in self.findings)

    @property
    def status(self) -> Status:
        """The worst that can be said of it: what was not read may hide anything."""
        return "unknown" if self.unread else "drifted" if self.drifted else "in_sync"


@dataclass(frozen=True, kw_only=True)
class Report:
    """One run over a fleet.

    Attributes:
        verb: what was asked.
        inventory: as it was given.
        revision: of the deploy repository, None outside of git.
        started: ISO 8601 in UTC.
        seconds: the whole run.
        hosts: every selected host, in the inventory's order.
        roles: those that the run was limited to; empty for all.
        limits: the groups, hosts and patterns that it was limited to, as given; empty for all hosts.
        flags: what else the command was told of what it does, as `--containers`, and is told when it is repeated.
        signal: the one that interrupted the run, None when none did.
        verified: for verify, whether at least one test showed something.
    """

    verb: Verb
    inventory: str
    revision: str | None
    started: str
    seconds: float
    hosts: tuple[HostReport, ...]
    roles: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    signal: int | None = None
    verified: bool = True

    @property
    def complete(self) -> bool:
        """Whether every selected host was read whole and the run came to its end."""
        return self.signal is None and bool(self.hosts) and not any(host.unread for host in self.hosts)

    @property
    def exit_code(self) -> int:
        """0 all as declared · 2 findings · 4 something could not be read · 6 both · 1 no host · 128 + N by signal N."""
        if self.signal is not None:
            return BY_SIGNAL + self.signal
        code = FINDINGS if any(host.drifted for host in self.hosts) else AS_DECLARED
        code |= UNREAD if any(host.unread for host in self.hosts) else AS_DECLARED
        return code if code or (self.hosts and self.verified) else RUN_FAILED

"""What a run has come to know of one host, and the report that is made of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gpufleet.report.model import HostReport, ItemFinding, LastApply, Unjudged
from gpufleet.run.judgement import BOOKKEEPING, settled
from gpufleet.stamp import role_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from gpufleet.finding import Difference
    from gpufleet.run.item import Item
    from gpufleet.run.judgement import Judgement
    from gpufleet.stamp import Stamp

INTERRUPTED = "interrupted"
ALWAYS = "platform"
"""The role that refuses a host."""
NOT_LOOKED_AT = "nothing else of it was looked at, since it is refused: whatever differs there besides is not known"


@dataclass
class Execution:
    """What was executed on one host; it grows as it goes on, so that an interruption finds it.

    Attributes:
        mended: the items that were changed, each with the differences that it had.
        failed: why the item at which it stopped failed, by its id.
        todo: the items that are expected to act and were not come to.
        stamp: what the host remembered before.
    """

    mended: list[tuple[Item, tuple[Difference, ...]]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    todo: list[Item] = field(default_factory=list)
    stamp: Stamp | None = None


@dataclass
class Seen:
    """One host, as far as a run has come with it.

    Attributes:
        judgements: its items, held against it; after an execution, once more.
        execution: what apply did.
        remedy: what mends where nothing else is said: `apply`, or `remove` for a removal.
        stamp: what it remembers, None without one.
        in_progress: an apply began there and did not come to its end.
        facts: what is worth comparing over a fleet.
        why: why it could not be read.
        way_out: what a person does about that.
        ended: the run came to its end there.
        seconds: that it took.
    """

    judgements: Sequence[Judgement] = ()
    execution: Execution = field(default_factory=Execution)
    remedy: str = "apply"
    stamp: Stamp | None = None
    in_progress: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    why: str | None = None
    way_out: str | None = None
    ended: bool = False
    seconds: float = 0.0


def host_report(
    name: str, seen: Seen, roles: Collection[str] = (), notices: Sequence[str] = (), commands: int = 0
) -> HostReport:
    """The report of a host.

    Args:
        name: its name.
        seen: what is known of it; a host that the run has not ended with was not read whole.
        roles: those whose findings are wanted, empty for all; what keeps the others from being judged is told always.
        notices: sentences about it.
        commands: how many were sent to it.
    """
    judged = [_wanted(one, roles) for one in settled(seen.judgements)]
    findings = [_finding(one.item, each, seen.stamp, mendable=one.acts) for one in judged for each in one.differences]
    refused = _refused(judged)
    unlooked = tuple(_unlooked(refused, seen, roles)) if refused else ()
    cut_off = seen.why is not None or not seen.ended
    if cut_off:  # what was judged before the execution says nothing of what that has mended
        done = {item.id for item, _ in seen.execution.mended}
        findings = [found for found in findings if found.id not in done]
    left = {found.id for found in findings}
    return HostReport(
        name=name,
        why=seen.why or (None if seen.ended else INTERRUPTED),
        way_out=seen.way_out,
        findings=tuple(_with_failures(findings, seen)),
        mended=tuple(found for found in _mended(seen) if found.id not in left),
        unjudged=(*_unjudged(seen.judgements, judged), *unlooked),
        items=sum(not roles or one.item.role in roles for one in judged) + len(unlooked),
        notices=(*notices, NOT_LOOKED_AT) if refused else tuple(notices),
        last_apply=_last_apply(seen),
        facts=seen.facts,
        undone=tuple(item.id for item in seen.execution.todo) if cut_off else (),
        commands=commands,
        seconds=round(seen.seconds, 3),
    )


def _wanted(one: Judgement, roles: Collection[str]) -> Judgement:
    if not roles or one.item.role in roles:
        return one
    in_the_way = one.item.role == ALWAYS
    return replace(one, differences=tuple(each for each in one.differences if in_the_way and each.refused))


def _refused(judged: Sequence[Judgement]) -> str | None:
    """What a host is refused for, None for one that is not: then the deploy has come to its last item, the stamp."""
    if any(one.item.role == BOOKKEEPING for one in judged):
        return None
    found = (each.resource for one in judged for each in one.differences if one.item.role == ALWAYS and each.refused)
    return next(found, None)


def _finding(item: Item, difference: Difference, stamp: Stamp | None, *, mendable: bool = True) -> ItemFinding:
    moved_on = _moved_on(item, stamp) and difference.kind != "unknown"
    return ItemFinding(
        id=item.id,
        role=item.role,
        kind="pending" if moved_on else difference.kind,
        resource=difference.resource,
        expected=difference.expected,
        observed=difference.observed,
        remedy=difference.remedy,
        mendable=mendable and not difference.refused,
        diff=difference.diff,
        since=None if moved_on else _time(difference.since),
    )


def _moved_on(item: Item, stamp: Stamp | None) -> bool:
    """Whether something else is declared now than at the last apply: then it was not reality that moved."""
    return stamp is not None and stamp.items.get(item.id) != item.declared and item.role != BOOKKEEPING


def _time(since: float | None) -> str | None:
    return None if since is None else datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds")


def _mended(seen: Seen) -> Iterator[ItemFinding]:
    """What apply mended; that it then renewed the stamp goes without saying."""
    others = any(item.role != BOOKKEEPING for item, _ in seen.execution.mended)
    for item, differences in seen.execution.mended:
        if others and item.role == BOOKKEEPING:
            continue
        for each in differences:
            yield _finding(item, each, seen.execution.stamp)


def _with_failures(findings: Sequence[ItemFinding], seen: Seen) -> Iterator[ItemFinding]:
    """What apply could not mend, with the reason; a refusal is its own."""
    for found in findings:
        failure = seen.execution.failed.get(found.id) if found.mendable else None
        yield replace(found, failure=failure) if failure else found
    known = {found.id for found in findings}
    for item in (one.item for one in seen.judgements):
        if item.id in seen.execution.failed and item.id not in known:
            yield ItemFinding(
                id=item.id,
                role=item.role,
                kind="config",
                resource=item.name,
                expected="its commands to succeed",
                observed="one failed",
                remedy=seen.remedy,
                failure=seen.execution.failed[item.id],
            )


def _unjudged(before: Sequence[Judgement], after: Sequence[Judgement]) -> Iterator[Unjudged]:
    for old, new in zip(before, after, strict=True):
        waited = next(
            (each.waits_for for each in old.differences if each.waits_for and each not in new.differences), None
        )
        if waited:
            yield Unjudged(id=old.item.id, why=f"it waits for {waited}")


def _unlooked(refused: str, seen: Seen, roles: Collection[str]) -> Iterator[Unjudged]:
    """What was declared at the last apply and is not now: a refused host's deploy ends before it comes to that."""
    known = {one.item.id for one in seen.judgements}
    for identity in sorted(seen.stamp.items if seen.stamp else ()):
        if identity not in known and (not roles or role_of(identity) in roles):
            yield Unjudged(id=identity, why=f"it waits for {refused}")


def _last_apply(seen: Seen) -> LastApply | None:
    if seen.stamp is None:
        return LastApply(in_progress=True) if seen.in_progress else None
    return LastApply(
        changed_at=seen.stamp.changed_at,
        revision=seen.stamp.revision,
        version=seen.stamp.version,
        in_progress=seen.in_progress,
    )

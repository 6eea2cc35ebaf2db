"""Sandboxes that are here and that nobody declares: reported, or removed on consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.containers.use import uses
from gpufleet.containers.words import replaced
from gpufleet.facts.answer import Unreadable
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, report
from gpufleet.operations.container_commands import Look, run, written
from gpufleet.operations.unanswered import unanswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed


@operation()
def undeclared(declared: Sequence[str], remove: bool, look: Look) -> Commands:
    """Report sandboxes of ours that are not declared, or remove them, unless they are in use.

    Args:
        declared: names of those that are.
        remove: consent to remove the others.
        look: reads the containers of the host, those of all sandboxes (`look_for`).
    """
    found = look()
    if isinstance(found, Unreadable):
        yield from unanswered("sandboxes", found)
        return
    others = [each for each in found.containers.values() if each.ours and each.sandbox not in declared]
    used = {each.name: uses(each, found.processes.get(each.id, ())) for each in others}
    go = [each for each in others if remove and not used[each.name]]
    left = [_left(each, used[each.name], remove) for each in others if each not in go]
    if not others:
        host.noop("every sandbox that is here is declared")
    elif not go:
        yield from report(*left)
    else:
        yield from map(Finding, left)
        yield from begin(*map(_going, go))
        for each in go:
            judged = [process.pid for process in found.processes.get(each.id, ())]
            yield run("remove", each.name, judged=judged)


def _left(found: Observed, used: Sequence[str], remove: bool) -> Difference:
    """One that a person has to decide about."""
    remedy = (
        f"it is in use ({'; '.join(used)}): end that or run `docker stop {found.name}`, then apply again"
        if remove
        else "declare it, or set sandbox_remove_undeclared: true to have it removed (its workspace stays)"
    )
    return Difference(
        kind="pending",
        resource=f"sandbox {found.name}",
        expected="declared, or absent",
        observed=found.status,
        remedy=remedy,
        since=found.created_at,
    )


def _going(found: Observed) -> Difference:
    return Difference(
        kind="unmanaged",
        resource=f"sandbox {found.name}",
        expected="absent",
        observed=found.status,
        remedy=f"apply: {replaced(written(found), left=found.volumes)}",
        since=found.created_at,
    )

"""Sandboxes that are here and that nobody declares: reported, or removed on consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.containers.use import uses
from gpufleet.containers.words import replaced
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containers import ContainersOfHost
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.container_commands import CANNOT_READ, run, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.use import Process


@operation()
def undeclared(declared: Sequence[str], remove: bool) -> Commands:
    """Report sandboxes of ours that are not declared, or remove them, unless they are in use.

    Args:
        declared: names of those that are.
        remove: consent to remove the others.
    """
    found = host.get_fact(ContainersOfHost, names=[], references=[], variables=[])
    if isinstance(found, Unreadable):
        yield from refuse("sandboxes", expected="a Docker that answers", observed=found.why, way_out=CANNOT_READ)
        return
    others = [each for each in found.containers.values() if each.ours and each.sandbox not in declared]
    if not others:
        host.noop("every sandbox that is here is declared")
    for each in others:
        yield from _undeclared(each, found.processes.get(each.id, ()), remove)


def _undeclared(found: Observed, processes: Sequence[Process], remove: bool) -> Commands:
    used = uses(found, processes)
    resource = f"sandbox {found.name}"
    if remove and not used:
        remedy = f"apply: {replaced(written(found), left=found.volumes)}"
        yield from begin(
            Difference(kind="unmanaged", resource=resource, expected="absent", observed=found.status, remedy=remedy)
        )
        yield run("remove", found.name, judged=[process.pid for process in processes])
        return
    remedy = (
        f"it is in use ({'; '.join(used)}): end that or run `docker stop {found.name}`, then apply again"
        if remove
        else "declare it, or set sandbox_remove_undeclared: true to have it removed (its workspace stays)"
    )
    expected = "declared, or absent"
    yield Finding(
        Difference(kind="pending", resource=resource, expected=expected, observed=found.status, remedy=remedy)
    )

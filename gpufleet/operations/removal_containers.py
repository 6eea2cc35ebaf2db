"""Sandboxes that go, and what stays of containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.containers.use import uses
from gpufleet.containers.words import replaced
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.every_container import AnyContainer, EveryContainer
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, refuse, report
from gpufleet.operations.container_commands import look_for, run, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.state import Containers

look = look_for({})
"""Reads all sandboxes of ours, and no other container."""


@operation()
def sandboxes_removed(*, consent: bool) -> Commands:
    """Remove the sandboxes, unless they are in use. Their workspaces, mounts and volumes stay.

    Args:
        consent: somebody has said that they may go.
    """
    with together():
        found, made = look(), host.get_fact(Remembered)
    if isinstance(found, Unreadable):
        yield from _unanswered(found, known=made.state)
        return
    ours = [each for each in found.containers.values() if each.ours]
    go = [each for each in ours if consent and not _used(each, found)]
    left = [_left(each, _used(each, found)) for each in ours if each not in go]
    if not ours:
        host.noop("there is no sandbox")
    elif not go:
        yield from report(*left)
    else:
        yield from map(Finding, left)
        yield from begin(*map(_going, go))
        for each in go:
            yield run("remove", each.name, judged=[process.pid for process in found.processes.get(each.id, ())])


@operation()
def gpu_containers_reported() -> Commands:
    """Say which containers of other people keep the NVIDIA Container Toolkit where it is."""
    with together():
        made, found, every = host.get_fact(Remembered), look(), host.get_fact(EveryContainer)
    if not made.state or isinstance(every, Unreadable) or isinstance(found, Unreadable):
        host.noop("nothing is known of containers that need it")
        return
    ours = {each.name for each in found.containers.values() if each.ours}
    left = [each for each in every if each.wants_gpus and each.name not in ours]
    if not left:
        host.noop("nobody else's container needs it")
        return
    yield from report(*map(_needs_gpus, left))


def _needs_gpus(found: AnyContainer) -> Difference:
    return Difference(
        kind="pending",
        resource=f"container {found.name}",
        expected="none that needs the NVIDIA Container Toolkit",
        observed="made with GPUs",
        remedy=f"move what it does or remove it (`docker rm -f {found.name}`), then remove again",
    )


def own_staying(*, consent: bool) -> list[str] | Unreadable:
    """Names of the sandboxes that this run leaves where they are.

    Args:
        consent: those that nobody uses go, or have gone.
    """
    with together():
        found, every = look(), host.get_fact(EveryContainer)
    if every == ():
        return []
    if isinstance(found, Unreadable):
        return found
    return [each.name for each in found.containers.values() if each.ours and not (consent and not _used(each, found))]


def staying(*, consent: bool) -> list[AnyContainer] | Unreadable:
    """All containers, whoever made them, that this run leaves where they are.

    Args:
        consent: sandboxes that nobody uses go, or have gone.
    """
    with together():
        found, every = look(), host.get_fact(EveryContainer)
    if isinstance(every, Unreadable):
        return every
    if not every:
        return []
    if isinstance(found, Unreadable):
        return found
    gone = {each.name for each in found.containers.values() if each.ours and consent and not _used(each, found)}
    return [each for each in every if each.name not in gone]


def _unanswered(answer: Unreadable, *, known: bool) -> Commands:
    if not known:
        host.noop(f"gpufleet remembers nothing of this host ({answer.why})")
    elif answer.stopped and host.get_fact(EveryContainer) == ():
        host.noop("there is no Docker any more")
    else:
        way_out = "Have Docker running (`systemctl start docker`), then remove again."
        yield from refuse("sandboxes", expected="an answer", observed=answer.why, way_out=way_out, kind="unknown")


def _used(each: Observed, found: Containers) -> list[str]:
    return uses(each, found.processes.get(each.id, ()))


def _left(found: Observed, used: Sequence[str]) -> Difference:
    remedy = (
        f"it is in use ({'; '.join(used)}): end that or run `docker stop {found.name}`, then remove again"
        if used
        else "remove with --containers, or set sandbox_remove: true (its workspace stays)"
    )
    return Difference(
        kind="pending",
        resource=f"sandbox {found.name}",
        expected="absent",
        observed=found.status,
        remedy=remedy,
        since=found.created_at,
    )


def _going(found: Observed) -> Difference:
    return Difference(
        kind="config",
        resource=f"sandbox {found.name}",
        expected="absent",
        observed=found.status,
        remedy=f"remove: {replaced(written(found), left=found.volumes)}",
        since=found.created_at,
    )

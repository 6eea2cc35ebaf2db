"""Long-lived containers: each exactly as declared, never stopped while somebody uses it, never lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.containers.declaration import create_arguments, environment_lines
from gpufleet.containers.model import PREVIOUS
from gpufleet.containers.plan import plan
from gpufleet.containers.words import contents, replaced
from gpufleet.facts.answer import Unreadable
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, refuse, report
from gpufleet.operations.container_commands import Look, missing_mounts, run, written
from gpufleet.operations.unanswered import unanswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.model import Container
    from gpufleet.containers.plan import Plan
    from gpufleet.containers.words import Volume


@operation()
def container(container: str, declared: Container, made: Sequence[str], look: Look) -> Commands:
    """Have a container that is as declared, and running.

    One that is not as declared is replaced while nobody uses it: the old one is kept, stopped and under another name,
    until the new one is seen to run, and put back when it does not. One in use is left alone and reported as `pending`.
    A container of that name that is not ours is left alone too, unless it is just as declared.

    Args:
        container: its name.
        declared: what it is to be.
        made: those of its mounts that an operation before this one makes; all others must be there.
        look: reads the containers of the host, those of all sandboxes (`look_for`).
    """
    found = look()
    if isinstance(found, Unreadable):
        yield from unanswered(f"container {container}", found)
        return
    planned = plan(container, declared, found)
    if planned.action in {"create", "replace"}:
        yield from _made(container, declared, planned, made)
    else:
        yield from _kept(container, planned)


def _made(name: str, declared: Container, planned: Plan, made: Sequence[str]) -> Commands:
    """Make a container, in the place of one that is there or of none."""
    if missing := missing_mounts(declared, made):
        yield from _settled(name, planned)
        yield from refuse(missing[0], expected=f"something to mount in {name}", observed="nothing", way_out=_MOUNT)
        return
    handed, left = _volumes(declared, planned.current)
    yield from _settled(name, planned, *_differences(name, planned, handed, left))
    arguments = create_arguments(name, declared, handed)
    yield run(planned.action, name, arguments, environment_lines(declared), judged=planned.processes)


_MOUNT = "Make it on the host, or correct the mount; Docker would make an empty folder of root's."


def _kept(name: str, planned: Plan) -> Commands:
    """Whatever is there stays; at most it is started."""
    resource = f"container {name}"
    if planned.action == "foreign":
        way_out = f"Rename it (`docker rename {name} {name}-old`) or remove it, then apply again."
        observed = f"one that somebody else made: {contents(planned.gaps)}"
        yield from refuse(
            resource, expected="a sandbox as declared", observed=observed, way_out=way_out, kind="unmanaged"
        )
    elif planned.action == "start":
        yield from _settled(name, planned, _not_running(resource, planned.current))
        yield run("start", name)
    elif planned.action == "wait" and planned.settle:
        yield Finding(_waiting(name, planned))
        yield from _settled(name, planned)
    elif planned.action == "wait":
        yield from report(_waiting(name, planned))
    elif planned.settle:
        yield from _settled(name, planned)
    else:
        host.noop(f"{resource} is as declared and runs")


def _settled(name: str, planned: Plan, *differences: Difference) -> Commands:
    """Say what differs, all of it before anything is done; then end a swap that was cut off, if one was."""
    unfinished = [_unfinished(name, planned)] if planned.settle else []
    if unfinished or differences:
        yield from begin(*unfinished, *differences)
    if planned.settle:
        yield run("restore" if planned.settle == "restore" else "start", name)


def _not_running(resource: str, current: Observed | None) -> Difference:
    return Difference(
        kind="runtime",
        resource=resource,
        expected="running",
        observed=current.status if current else "",
        since=current.finished_at if current and current.status == "exited" else None,
    )


def _waiting(name: str, planned: Plan) -> Difference:
    return Difference(
        kind="pending",
        resource=f"container {name}",
        expected="as declared",
        observed=contents(planned.gaps),
        remedy=f"it is in use ({'; '.join(planned.uses)}), so it was not replaced: end that or run "
        f"`docker stop {name}`, then apply again",
    )


def _volumes(declared: Container, current: Observed | None) -> tuple[list[Volume], list[Volume]]:
    """Nameless volumes of the old container: those that the new one gets, and those in whose place it has a mount."""
    volumes = current.volumes if current else ()
    mounts = {mount.target for mount in declared.mounts}
    return [each for each in volumes if each[0] not in mounts], [each for each in volumes if each[0] in mounts]


def _differences(name: str, planned: Plan, handed: Sequence[Volume], left: Sequence[Volume]) -> list[Difference]:
    if planned.current is None:
        return [Difference(kind="config", resource=f"container {name}", expected="running", observed="absent")]
    goes = replaced(written(planned.current), handed, left)
    return [
        Difference(
            kind="config",
            resource=f"container {name}: {gap.what}",
            expected=gap.expected,
            observed=gap.observed,
            remedy="apply" if number else f"apply: {goes}",
            since=planned.current.created_at,
        )
        for number, gap in enumerate(planned.gaps)
    ]


def _unfinished(name: str, planned: Plan) -> Difference:
    expected = f"one container for {name}"
    observed = f"{name}{PREVIOUS} as well: a run that replaced it was cut off"
    what = "it comes back" if planned.settle == "restore" else "it goes, since the new one runs"
    if planned.dropped:
        kept = planned.current.volumes if planned.current else ()
        left = [volume for volume in planned.dropped.volumes if volume not in kept]
        what += f", and the new one, which has run, goes: {replaced(written(planned.dropped), left=left)}"
    return Difference(
        kind="runtime", resource=f"container {name}", expected=expected, observed=observed, remedy=f"apply: {what}"
    )

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
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.container_commands import CANNOT_READ, asked, missing_mounts, run, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.model import Container
    from gpufleet.containers.plan import Plan
    from gpufleet.containers.words import Volume


@operation()
def container(container: str, declared: Container, made: Sequence[str]) -> Commands:
    """Have a container that is as declared, and running.

    One that is not as declared is replaced while nobody uses it: the old one is kept, stopped and under another name,
    until the new one is seen to run, and put back when it does not. One in use is left alone and reported as `pending`.
    A container of that name that is not ours is left alone too, unless it is just as declared.

    Args:
        container: its name.
        declared: what it is to be.
        made: those of its mounts that an operation before this one makes; all others must be there.
    """
    found = asked(container, declared)
    if isinstance(found, Unreadable):
        yield from refuse(
            f"container {container}", expected="a Docker that answers", observed=found.why, way_out=CANNOT_READ
        )
        return
    planned = plan(container, declared, found)
    if planned.settle:
        yield from begin(_unfinished(container, planned))
        yield run("restore" if planned.settle == "restore" else "start", container)
    if planned.action in {"create", "replace"}:
        yield from _made(container, declared, planned, made)
    else:
        yield from _kept(container, planned)


def _made(name: str, declared: Container, planned: Plan, made: Sequence[str]) -> Commands:
    """Make a container, in the place of one that is there or of none."""
    if missing := missing_mounts(declared, made):
        yield from refuse(missing[0], expected=f"something to mount in {name}", observed="nothing", way_out=_MOUNT)
        return
    handed, left = _volumes(declared, planned.current)
    yield from begin(*_differences(name, planned, handed, left))
    arguments = create_arguments(name, declared, handed)
    yield run(planned.action, name, arguments, environment_lines(declared), judged=planned.processes)


_MOUNT = "Make it on the host, or correct the mount; Docker would make an empty folder of root's."


def _kept(name: str, planned: Plan) -> Commands:
    """Whatever is there stays; at most it is started."""
    resource = f"container {name}"
    if planned.action == "foreign":
        way_out = f"Rename it (`docker rename {name} {name}-old`) or remove it, then apply again."
        observed = f"one that somebody else made: {contents(planned.gaps)}"
        yield from refuse(resource, expected="a sandbox as declared", observed=observed, way_out=way_out)
    elif planned.action == "wait":
        yield Finding(
            Difference(
                kind="pending",
                resource=resource,
                expected="as declared",
                observed=contents(planned.gaps),
                remedy=f"it is in use ({'; '.join(planned.uses)}), so it was not replaced: end that or run "
                f"`docker stop {name}`, then apply again",
            )
        )
    elif planned.action == "start":
        status = planned.current.status if planned.current else ""
        yield from begin(Difference(kind="runtime", resource=resource, expected="running", observed=status))
        yield run("start", name)
    elif not planned.settle:
        host.noop(f"{resource} is as declared and runs")


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

"""Long-lived containers: each exactly as declared, never stopped while somebody uses it, never lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.containers.declaration import create_arguments, environment_lines
from gpufleet.containers.plan import plan
from gpufleet.containers.words import contents
from gpufleet.facts.answer import Unreadable
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, refuse, report
from gpufleet.operations.container_commands import Look, missing_mounts, run
from gpufleet.operations.container_differences import made_anew, not_running, removed, unfinished, waiting
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
    yield from _settled(name, planned, *made_anew(name, planned, handed, left))
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
    elif planned.action == "start" and planned.current:
        yield from _settled(name, planned, not_running(resource, planned.current))
        yield run("start", name)
    elif planned.action == "restart" and planned.current:
        yield from _restarted(name, planned, planned.current)
    elif planned.action == "wait" and planned.settle:
        yield Finding(waiting(name, planned))
        yield from _settled(name, planned)
    elif planned.action == "wait":
        yield from report(waiting(name, planned))
    elif planned.settle:
        yield from _settled(name, planned)
    else:
        host.noop(f"{resource} is as declared and runs")


def _settled(name: str, planned: Plan, *differences: Difference) -> Commands:
    """Say what differs, all of it before anything is done; then end a swap that was cut off, if one was."""
    cut_off = [unfinished(name, planned)] if planned.settle else []
    if cut_off or differences:
        yield from begin(*cut_off, *differences)
    if planned.settle:
        yield run("restore" if planned.settle == "restore" else "start", name)


def _restarted(name: str, planned: Plan, current: Observed) -> Commands:
    """Have mounted again what was removed from the host and made anew there."""
    differences = removed(name, planned, current)
    if planned.uses and not planned.settle:
        yield from report(*differences)
        return
    yield from _settled(name, planned, *differences)
    if not planned.uses:
        yield run("restart", name, judged=planned.processes)


def _volumes(declared: Container, current: Observed | None) -> tuple[list[Volume], list[Volume]]:
    """Nameless volumes of the old container: those that the new one gets, and those in whose place it has a mount."""
    volumes = current.volumes if current else ()
    mounts = {mount.target for mount in declared.mounts}
    return [each for each in volumes if each[0] not in mounts], [each for each in volumes if each[0] in mounts]

"""Long-lived containers: each exactly as declared, never stopped while somebody uses it, never lost on the way."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.containers.declaration import create_arguments, environment_lines
from gpufleet.containers.model import PREVIOUS
from gpufleet.containers.plan import plan
from gpufleet.containers.use import uses
from gpufleet.containers.words import contents, replaced
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containers import ContainersOfHost, WritableLayer
from gpufleet.facts.folders import Paths
from gpufleet.facts.scripts import script
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.model import Container
    from gpufleet.containers.plan import Plan

SEEN_RUNNING = 2
"""Seconds for which a new container must run before the old one goes."""
CANNOT_READ = "Look at the Docker daemon of this host."


@operation()
def container(container: str, declared: Container, made: Sequence[str], pull: bool) -> Commands:
    """Have a container that is as declared, and running.

    One that is not as declared is replaced while nobody uses it: the old one is kept, stopped and under another name,
    until the new one is seen to run, and put back when it does not. One in use is left alone and reported as `pending`.
    A container of that name that is not ours is left alone too, unless it is just as declared.

    Args:
        container: its name.
        declared: what it is to be.
        made: those of its mounts that an operation before this one makes; all others must be there.
        pull: fetch its image when the host lacks it; otherwise an operation before this one has made it.
    """
    found = host.get_fact(
        ContainersOfHost,
        names=[container, container + PREVIOUS],
        references=[declared.image],
        variables=sorted(declared.environment),
    )
    if isinstance(found, Unreadable):
        yield from refuse(
            f"container {container}", expected="a Docker that answers", observed=found.why, way_out=CANNOT_READ
        )
        return
    planned = plan(container, declared, found)
    if planned.settle:
        yield from begin(_unfinished(container, planned))
        yield _run("restore" if planned.settle == "restore" else "start", container)
    if planned.action in {"create", "replace"}:
        pulled = [declared.image] if pull and declared.image not in found.images else []
        yield from _made(container, declared, planned, made, pulled)
    else:
        yield from _kept(container, planned)


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
        yield from _undeclared(each, uses(each, found.processes.get(each.id, ())), remove)


def _made(name: str, declared: Container, planned: Plan, made: Sequence[str], pulled: Sequence[str]) -> Commands:
    """Make a container, in the place of one that is there or of none."""
    sources = [mount.source for mount in declared.mounts if mount.source not in made]
    there = host.get_fact(Paths, paths=sources)
    missing = [source for source in sources if source not in there]
    if missing:
        yield from refuse(missing[0], expected=f"something to mount in {name}", observed="nothing", way_out=_MOUNT)
        return
    yield from begin(*_differences(name, planned))
    for image in pulled:
        yield StringCommand("docker -H unix:///run/docker.sock pull --quiet", QuoteString(image))
    yield _run(planned.action, name, create_arguments(name, declared), environment_lines(declared))


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
        yield _run("start", name)
    elif not planned.settle:
        host.noop(f"{resource} is as declared and runs")


def _differences(name: str, planned: Plan) -> list[Difference]:
    if planned.current is None:
        return [Difference(kind="config", resource=f"container {name}", expected="running", observed="absent")]
    mounts = [mount.target for mount in planned.current.container.mounts]
    layer = host.get_fact(WritableLayer, container=planned.current.id, mounts=mounts)
    return [
        Difference(
            kind="config",
            resource=f"container {name}: {gap.what}",
            expected=gap.expected,
            observed=gap.observed,
            remedy="apply" if number else f"apply: {replaced(layer)}",
        )
        for number, gap in enumerate(planned.gaps)
    ]


def _undeclared(found: Observed, used: Sequence[str], remove: bool) -> Commands:
    resource = f"sandbox {found.name}"
    if remove and not used:
        mounts = [mount.target for mount in found.container.mounts]
        layer = host.get_fact(WritableLayer, container=found.id, mounts=mounts)
        remedy = f"apply: {replaced(layer)}"
        yield from begin(
            Difference(kind="unmanaged", resource=resource, expected="absent", observed=found.status, remedy=remedy)
        )
        yield _run("remove", found.name)
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


def _unfinished(name: str, planned: Plan) -> Difference:
    expected = f"one container for {name}"
    observed = f"{name}{PREVIOUS} as well: a run that replaced it was cut off"
    what = "it comes back" if planned.settle == "restore" else "it goes, since the new one runs"
    return Difference(
        kind="runtime", resource=f"container {name}", expected=expected, observed=observed, remedy=f"apply: {what}"
    )


def _run(verb: str, name: str, arguments: Sequence[str] = (), environment: Sequence[str] = ()) -> StringCommand:
    """The script with one of its verbs; variables are sent where neither a log nor a list of processes shows them."""
    text = script("container.sh", "gpufleet.operations.scripts")
    words = [verb, name, str(SEEN_RUNNING), *arguments]
    lines = base64.b64encode("".join(f"{line}\n" for line in environment).encode()).decode()
    return StringCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, words), _stdin=[lines])

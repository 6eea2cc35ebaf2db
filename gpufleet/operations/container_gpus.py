"""GPUs that a running container has lost: its declaration is right, and it is of no use until it starts again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pyinfra import host
from pyinfra.api import operation

from gpufleet.cdi.state import SPEC
from gpufleet.containers.gpus import TIMED_OUT, Inside, trouble
from gpufleet.containers.use import uses
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.gpus_inside import GpusInside
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.together import together
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin, report
from gpufleet.operations.container_commands import Look, run
from gpufleet.operations.unanswered import SILENT, unanswered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


LookInside: TypeAlias = Callable[[], dict[str, Inside] | Unreadable]
"""Reads which GPUs are seen inside the containers of the current host."""


def look_inside(names: Iterable[str]) -> LookInside:
    """One question for all containers with GPUs, the same for every operation of a host.

    Args:
        names: of the containers.
    """
    return partial(_look_inside, names=sorted(names))


def _look_inside(names: Sequence[str]) -> dict[str, Inside] | Unreadable:
    seen: dict[str, Inside] | Unreadable = host.get_fact(GpusInside, names=names)
    return seen


@operation()
def gpus_work(container: str, look: Look, look_inside: LookInside) -> Commands:
    """Have a running container see the GPUs that it was made with; one that lost them is restarted while it is idle.

    Args:
        container: its name.
        look: reads the containers of the host (`look_for`).
        look_inside: reads the GPUs inside of them.
    """
    with together():
        found, seen, platform = look(), look_inside(), host.get_fact(PlatformFacts)
    resource = f"GPUs of container {container}"
    if isinstance(found, Unreadable):
        yield from unanswered(resource, found)
        return
    if isinstance(seen, Unreadable):
        yield from unanswered(resource, seen)
        return
    current = found.containers.get(container)
    if current is None or current.status != "running" or container not in seen:
        host.noop(f"{container} does not run")
        return
    inside = seen[container]
    why = trouble(current.container.gpus, inside, [gpu.uuid for gpu in platform.gpus])
    if why is None:
        host.noop(f"{container} sees its GPUs")
        return
    processes = found.processes.get(current.id, ())
    used = uses(current, processes)
    difference = Difference(
        kind="pending" if used else "runtime",
        resource=resource,
        expected="; ".join(map(str, current.container.gpus)),
        observed=why,
        remedy=_IN_USE.format("; ".join(used), container) if used else "apply: it is restarted",
        # A new specification comes first: a container that starts before would not see its GPUs
        waits_for=SILENT if inside.code in TIMED_OUT else SPEC,
    )
    if used:
        yield from report(difference)
        return
    yield from begin(difference)
    yield run("restart", container, judged=[process.pid for process in processes])


_IN_USE = "it is in use ({}): end that, then apply again, or run `docker restart {}`"

"""What is to be done about one declared container. No rule of it looks at a host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gpufleet.containers.compare import gaps
from gpufleet.containers.use import uses

if TYPE_CHECKING:
    from gpufleet.containers.compare import Gap
    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.model import Container, Mount
    from gpufleet.containers.state import Containers

Settle: TypeAlias = Literal["", "restore", "drop"]
Action: TypeAlias = Literal["nothing", "create", "start", "restart", "replace", "wait", "foreign"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done about one container.

    Attributes:
        settle: what a swap that was cut off still needs before: `restore` gives the previous container its name back,
            `drop` removes it, once its successor was seen to go on running.
        action: `create` a missing one, `start` one that does not run, `restart` one
            of whose mounts the host has removed what was mounted, `replace` one that is not as declared, `wait`
            for an idle one before it is replaced, or leave a `foreign` one alone.
        gaps: how the container that is there differs.
        uses: what goes on in it.
        current: that container, None where there is none.
        processes: numbers of its processes, by which it was judged to be in use or idle.
        dropped: a container that goes when the previous one comes back though it has run.
    """

    settle: Settle = ""
    action: Action
    gaps: tuple[Gap, ...] = ()
    uses: tuple[str, ...] = ()
    current: Observed | None = None
    processes: tuple[int, ...] = ()
    dropped: Observed | None = None


def plan(name: str, wanted: Container, state: Containers) -> Plan:
    """Compare one declared container with a host.

    Args:
        name: of the container, and of the sandbox.
        wanted: what is declared.
        state: the host.
    """
    settle = _settle(name, wanted, state)
    found = state.containers.get(name)
    dropped = found if settle == "restore" and found and found.started else None
    state = state.settled(name, restored=settle == "restore") if settle else state
    current = state.containers.get(name)
    if current is None:
        return Plan(settle=settle, action="create")
    differing = tuple(gaps(wanted, current, state.image(wanted.image)))
    processes = state.processes.get(current.id, ())
    used = tuple(uses(current, processes))
    action = _action(name, current, differing, used)
    return Plan(
        settle=settle,
        action=action,
        gaps=differing,
        uses=used,
        current=current,
        processes=tuple(process.pid for process in processes),
        dropped=dropped,
    )


def _settle(name: str, wanted: Container, state: Containers) -> Settle:
    """The new container of a swap that was cut off stays when it runs, or has run and is as declared.

    In the latter case the previous one is kept until it is seen to run. Otherwise the previous one comes back. A paused
    one runs: somebody stopped it half-way, and it may be in use.
    """
    previous, current = state.previous(name), state.containers.get(name)
    if previous is None or (current and current.sandbox != name):
        return ""
    if current is None or not current.started:
        return "restore"
    if current.status == "running":
        return "drop"
    if gaps(wanted, current, state.image(wanted.image)):
        return "drop" if current.status == "paused" else "restore"
    return ""


def _action(name: str, current: Observed, differing: tuple[Gap, ...], used: tuple[str, ...]) -> Action:
    if differing and current.sandbox != name:
        return "foreign"
    if differing:
        return "wait" if used else "replace"
    if current.status != "running":
        return "start"
    return "restart" if removed_mounts(current) else "nothing"


def removed_mounts(found: Observed) -> list[Mount]:
    """Mounts whose folders the host removed or moved away: what is written there is not in one that was made anew."""
    return [mount for mount in found.container.mounts if mount.target in found.deleted]

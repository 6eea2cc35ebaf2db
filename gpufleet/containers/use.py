"""Whether somebody uses a container: it may then not be stopped unasked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed

PROBE = "GPUFLEET_PROBE"
"""Variable that marks a process of ours that only looks at the GPUs inside, `gpufleet/facts/gpus_inside.sh`."""
STARTING = "runc:["
"""What a process is called that docker exec is about to become another program in; it does nothing yet."""
ALIVE = {"running", "paused"}
"""Of a container that has processes."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of a container, as the host sees it.

    Attributes:
        pid: on the host.
        parent: its parent there.
        inside: its number inside the container.
        started: ticks since the host's boot.
        name: of its program.
        gpu: it has a device of NVIDIA's, or WSL's GPU, open.
        probe: it is one of ours (`PROBE`).
    """

    pid: int
    parent: int
    inside: int
    started: int
    name: str
    gpu: bool = False
    probe: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is somebody's work."""
        return not self.probe and not self.name.startswith(STARTING)


def uses(found: Observed, processes: Sequence[Process]) -> list[str]:
    """What goes on in a container beside itself, in words; empty for an idle one.

    Itself is its first process and, where that is Docker's init, the first child of it. What a shell left behind in
    the background is a later child, and counts. A running container without a first process was not seen whole, which
    is no reason to take it for idle. Docker's list of sessions alone tells nothing: our own look at the GPUs is one,
    and a person's has a process too.

    Args:
        found: the container.
        processes: of that container, zombies left out.
    """
    if found.status in ALIVE and not any(process.inside == 1 for process in processes):
        return ["processes that cannot be seen"]
    own = _own(found, processes)
    others = [process for process in processes if process not in own and process.counts]
    at_gpu = [process.name for process in own if process.gpu]
    sessions = found.execs - sum(process.probe for process in processes)
    words = [_sessions(sessions)] if others and sessions > 0 else []
    words += [f"processes: {', '.join(sorted({process.name for process in others}))}"] if others else []
    return words + ([f"a GPU in use by {', '.join(at_gpu)}"] if at_gpu else [])


def _own(found: Observed, processes: Sequence[Process]) -> list[Process]:
    first = [process for process in processes if process.inside == 1]
    if not (first and found.container.init):
        return first
    children = (process for process in processes if process.parent == first[0].pid)
    return first + sorted(children, key=lambda process: (process.started, process.inside))[:1]


def _sessions(count: int) -> str:
    return "a session of docker exec" if count == 1 else f"{count} sessions of docker exec"

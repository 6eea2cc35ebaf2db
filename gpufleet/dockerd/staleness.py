"""Whether dockerd runs with what its host holds for it: daemon.json, certificate authorities, programs for GPUs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.dockerd.info import contradictions
from gpufleet.dockerd.rules import SET_BY_RELOAD, changed_keys, needs_restart
from gpufleet.dockerd.state import START_MARGIN
from gpufleet.facts.answer import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState


@dataclass(frozen=True)
class Stale:
    """A daemon that does not run with what its host holds for it.

    Attributes:
        why: what shows it, for a person.
        restart: why a reload is not enough; empty when it is.
    """

    why: str
    restart: str = ""


def stale(docker: DockerState, content: Object) -> Stale | None:
    """Hold the running daemon against its file and against what else it reads at its start.

    What was remembered for this very daemon is compared by content. Otherwise (the daemon was started by somebody
    else, or never loaded anything of ours) a file older than the daemon is what it read. What `docker info` shows
    must not contradict the file in either case.

    Args:
        docker: a host on which dockerd runs.
        content: what its daemon.json holds.

    Returns:
        None when the daemon runs with it; one reason for a restart is enough for one.
    """
    reasons = list(_reasons(docker, content))
    if not reasons:
        return None
    why, restart = (
        "; ".join(filter(None, parts)) for parts in zip(*((r.why, r.restart) for r in reasons), strict=True)
    )
    return Stale(why, restart)


def runs_with(docker: DockerState, content: Object) -> bool:
    """Whether the running daemon has loaded this content of its file, as far as can be told.

    Args:
        docker: a host on which dockerd runs.
        content: what its daemon.json holds.
    """
    return not any(_configuration(docker, content))


def unseen_programs(docker: DockerState) -> list[str]:
    """Programs for GPUs that the running daemon cannot have found when it started.

    What is remembered of this very daemon counts first, so neither an upgrade of a program nor a clock that was set
    makes it look new; of a daemon that nothing is remembered of, the time at which the program came.
    """
    if docker.running is None:
        return []
    if docker.gpu_found[:1] == (docker.running.identity,):
        return [path for path in docker.gpu_programs if path not in docker.gpu_found[1:]]
    return [path for path, time in docker.gpu_programs.items() if time > docker.running.started - START_MARGIN]


def _reasons(docker: DockerState, content: Object) -> Iterator[Stale]:
    if docker.running and docker.authority_time > docker.running.started - START_MARGIN:
        why = "a certificate authority was added after dockerd started"
        yield Stale(why, "dockerd reads them once, at its start")
    if new := unseen_programs(docker):
        names = ", ".join(path.rpartition("/")[2] for path in new)
        yield Stale(f"{names} came after dockerd started", "dockerd looks up programs for GPUs once, at its start")
    yield from _configuration(docker, content)


def _configuration(docker: DockerState, content: Object) -> Iterator[Stale]:
    known = docker.loaded_content
    if known is None and docker.written_after_start:
        yield Stale("daemon.json was written after dockerd started", "what dockerd loaded is not known")
        return
    if known is not None and (changed := changed_keys(known, content)):
        yield Stale(f"dockerd loaded other values of {', '.join(changed)}", _for(needs_restart(known, content)))
        return
    info = docker.running.info if docker.running else {}
    if other := contradictions(content, info) if not isinstance(info, Unreadable) else []:
        hard = [key for key in other if key not in SET_BY_RELOAD]
        yield Stale(f"docker info shows other values of {', '.join(other)}", _for(hard))


def _for(keys: list[str]) -> str:
    return f"a reload does not take up {', '.join(keys)}" if keys else ""

"""Whether dockerd runs with what its host holds for it: daemon.json, certificate authorities, programs for GPUs."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from gpufleet.dockerd.info import contradictions
from gpufleet.dockerd.rules import SET_BY_RELOAD, changed_keys, needs_restart
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.facts.answer import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState


PACKAGES = {
    "nvidia-container-runtime-hook": "nvidia-container-toolkit",
    "nvidia-cdi-hook": "nvidia-container-toolkit-base",
}
"""In which of NVIDIA's packages the programs for GPUs come, as 1.17 to 1.19 have them."""


@dataclass(frozen=True)
class Stale:
    """A reason for which a daemon does not run with what its host holds for it.

    Attributes:
        why: what shows it, for a person.
        restart: why a reload is not enough; empty when it is.
        waits_for: what the daemon has not read, a file or a package; where that has a finding of its own, it says all.
        since: when that came about, seconds since the epoch; None where it is not known.
    """

    why: str
    restart: str = ""
    waits_for: str | None = None
    since: float | None = None


def stale(docker: DockerState, content: Object) -> list[Stale]:
    """Hold the running daemon against its file and against what else it reads at its start.

    What was remembered for this very daemon is compared by content, whenever the file was touched. Of a daemon that
    was started by somebody else, or that never loaded anything of ours, a file that did not change since its start is
    what it read. Of one that did nobody can tell: it may only have been touched, or it may have been put back after the
    daemon had read another one. That is found in either case, since a daemon that runs with other values unnoticed is
    worse than a restart for nothing. A reload that somebody asked for counts where the rest is known.
    What `docker info` shows must not contradict the file in either case.

    Keys of the user's own are held against it like all others: they are no findings, and a daemon that was not told of
    them is one. It would meet them untried at its next start, which may be that of a reboot.

    Args:
        docker: a host on which dockerd runs.
        content: what its daemon.json holds.

    Returns:
        One for each thing that it does not run with; none when it runs with everything.
    """
    return [*_authorities(docker), *_programs(docker), *_configuration(docker, content)]


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
    return [path for path, time in docker.gpu_programs.items() if docker.came_after_start(time)]


def _authorities(docker: DockerState) -> Iterator[Stale]:
    if docker.authorities:
        path, since = max(docker.authorities.items(), key=itemgetter(1))
        if docker.came_after_start(since):
            why = "a certificate authority was added after dockerd started"
            yield Stale(why, "dockerd reads them once, at its start", path, since)


def _programs(docker: DockerState) -> Iterator[Stale]:
    if new := unseen_programs(docker):
        names = [path.rpartition("/")[2] for path in new]
        why = f"{', '.join(names)} came after dockerd started"
        since = max(map(docker.gpu_programs.__getitem__, new))
        yield Stale(why, "dockerd looks up programs for GPUs once, at its start", PACKAGES.get(names[0]), since)


def _configuration(docker: DockerState, content: Object) -> Iterator[Stale]:
    known = docker.loaded_content
    if known is None and docker.written_after_start:
        why = "daemon.json was written after dockerd started"
        yield Stale(why, "what dockerd loaded is not known", DAEMON_JSON, docker.file_time)
        return
    if known is not None and (changed := _not_loaded(docker, known, content)):
        why = f"dockerd loaded other values of {', '.join(changed)}"
        since = docker.file_time if docker.file is not None else None
        yield Stale(why, _for(needs_restart(known, content)), DAEMON_JSON, since)
        return
    info = docker.running.info if docker.running else {}
    if other := contradictions(content, info) if not isinstance(info, Unreadable) else []:
        hard = [key for key in other if key not in SET_BY_RELOAD]
        yield Stale(f"docker info shows other values of {', '.join(other)}", _for(hard), DAEMON_JSON)


def _not_loaded(docker: DockerState, known: Object, content: Object) -> list[str]:
    """Keys of the file that a daemon that loaded what is known does not run with."""
    reloaded = docker.reloaded > docker.file_time
    return needs_restart(known, content) if reloaded else changed_keys(known, content)


def _for(keys: list[str]) -> str:
    return f"a reload does not take up {', '.join(keys)}" if keys else ""

"""The daemon of one host as data, and whether it runs with what its file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpufleet.dockerd.flags import DEFAULT_CONFIG_FILE
from gpufleet.dockerd.info import contradictions
from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.rules import SET_BY_RELOAD, changed_keys, needs_restart
from gpufleet.facts.answer import Unreadable
from gpufleet.state import STATE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.dockerd.json_tree import Object

DAEMON_JSON = DEFAULT_CONFIG_FILE
KEYS = f"{STATE_DIRECTORY}/daemon-keys.json"
"""Whose keys stand in daemon.json."""
LOADED = f"{STATE_DIRECTORY}/docker/loaded"
"""Before `.id`, `.json` and `.keys`: which daemon loaded what, and whose keys that were."""

START_MARGIN = 0.01
"""Seconds before the start of a daemon in which a file must have been written to be surely the one that it read.

Times in /proc/PID/stat and /proc/uptime are whole ticks of 10 ms, so a start may look that much later than it was.
"""


@dataclass(frozen=True)
class Running:
    """A dockerd that runs.

    Attributes:
        pid: its process.
        identity: boot, process and start in ticks: no other daemon has the same.
        started: seconds since the epoch.
        info: what `docker info` answers, or why it did not.
    """

    pid: int
    identity: str
    started: float
    info: Mapping[str, Any] | Unreadable


@dataclass(frozen=True)
class Unit:
    """A systemd unit: the properties LoadState, ActiveState, SubState and UnitFileState."""

    load: str
    active: str
    sub: str
    file: str


@dataclass(frozen=True, kw_only=True)
class DockerState:
    """Docker's daemon on one host, and what was remembered of it there.

    Attributes:
        program: path of dockerd, None where there is none.
        systemd: whether systemd is the init of this host.
        init_script: whether /etc/init.d/docker is there.
        service: docker.service as systemd sees it.
        socket: docker.socket as systemd sees it.
        flags: what the unit or the init script passes to dockerd.
        file: daemon.json; None where there is none.
        file_time: when it was last written, seconds since the epoch.
        authority_time: when the newest certificate authority of ours was written, seconds since the epoch.
        keys: whose keys stand in it, as remembered.
        loaded: copy of what a daemon loaded; None where that daemon found no file.
        loaded_keys: whose keys stood in that.
        loaded_by: the identity of that daemon.
        running: the daemon, where one runs.
    """

    program: str | None = None
    systemd: bool = False
    init_script: bool = False
    service: Unit | None = None
    socket: Unit | None = None
    flags: tuple[str, ...] = ()
    file: bytes | Unreadable | None = None
    file_time: float = 0.0
    authority_time: float = 0.0
    keys: bytes | Unreadable | None = None
    loaded: bytes | Unreadable | None = None
    loaded_keys: bytes | Unreadable | None = None
    loaded_by: str | None = None
    running: Running | None = None

    @property
    def loaded_content(self) -> Object | None:
        """What the running daemon loaded, where that was remembered for this very daemon."""
        if self.running is None or self.loaded_by != self.running.identity or isinstance(self.loaded, Unreadable):
            return None
        try:
            return parse_object(self.loaded or b"")
        except JsonTextError:
            return None

    @property
    def written_after_start(self) -> bool:
        """Whether daemon.json was, or may have been, written after the daemon read it."""
        return (
            self.running is not None and self.file is not None and self.file_time > self.running.started - START_MARGIN
        )


@dataclass(frozen=True)
class Stale:
    """A daemon that does not run with what its file holds.

    Attributes:
        why: what shows it, for a person.
        restart: why a reload is not enough; empty when it is.
    """

    why: str
    restart: str = ""


def stale(docker: DockerState, content: Object) -> Stale | None:
    """Hold the running daemon against its file.

    What was remembered for this very daemon is compared by content. Otherwise (the daemon was started by somebody
    else, or never loaded anything of ours) a file older than the daemon is what it read. What `docker info` shows
    must not contradict the file in either case. A certificate authority of ours counts as part of it.

    Args:
        docker: a host on which dockerd runs.
        content: what its daemon.json holds.

    Returns:
        None when the daemon runs with it.
    """
    known = docker.loaded_content
    if known is None and docker.written_after_start:
        return Stale("daemon.json was written after dockerd started", "what dockerd loaded is not known")
    if known is not None and (changed := changed_keys(known, content)):
        hard = needs_restart(known, content)
        return Stale(f"dockerd loaded other values of {', '.join(changed)}", _for(hard))
    if docker.running and docker.authority_time > docker.running.started - START_MARGIN:
        return Stale("a certificate authority was added after dockerd started", "dockerd reads them once, at its start")
    info = docker.running.info if docker.running else {}
    other = contradictions(content, info) if not isinstance(info, Unreadable) else []
    if other:
        return Stale(
            f"docker info shows other values of {', '.join(other)}", _for([k for k in other if k not in SET_BY_RELOAD])
        )
    return None


def _for(keys: list[str]) -> str:
    return f"a reload does not take up {', '.join(keys)}" if keys else ""

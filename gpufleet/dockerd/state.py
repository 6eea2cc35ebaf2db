"""The daemon of one host as data, and what was remembered of it there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gpufleet.dockerd.flags import DEFAULT_CONFIG_FILE
from gpufleet.dockerd.json_text import JsonTextError, parse_object
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
GPU_PROGRAMS = f"{STATE_DIRECTORY}/docker/gpu-programs"
"""The identity of a daemon, and the programs for GPUs that it found at its start, a line each."""


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
    """A systemd unit.

    Attributes:
        load: LoadState.
        active: ActiveState.
        sub: SubState.
        file: UnitFileState.
        outdated: its files were changed since systemd read them (NeedDaemonReload).
        changed: when it came into this state, seconds since the epoch; None where it never was in another.
    """

    load: str
    active: str
    sub: str
    file: str
    outdated: bool = False
    changed: float | None = None


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
        file_time: when it last changed, seconds since the epoch.
        authorities: when each certificate authority of ours was written, by path, seconds since the epoch.
        gpu_programs: the programs that dockerd looks up at its start to offer GPUs: when each last changed, by path,
            seconds since the epoch.
        gpu_found: what is remembered of a daemon: its identity, then the paths of those that it found.
        keys: whose keys stand in it, as remembered.
        loaded: copy of what a daemon loaded; None where that daemon found no file.
        loaded_keys: whose keys stood in that.
        loaded_by: the identity of that daemon.
        running: the daemon, where one runs.
        reloaded: when the running daemon last took its file up anew, seconds since the epoch; looked for only where the
            file is not what was remembered, and 0 where that did not happen since the file changed.
        swarm: the host is in a swarm, by what dockerd left on its disk; looked for only where the daemon is silent.
    """

    program: str | None = None
    systemd: bool = False
    init_script: bool = False
    service: Unit | None = None
    socket: Unit | None = None
    flags: tuple[str, ...] = ()
    file: bytes | Unreadable | None = None
    file_time: float = 0.0
    authorities: Mapping[str, float] = field(default_factory=dict)
    gpu_programs: Mapping[str, float] = field(default_factory=dict)
    gpu_found: tuple[str, ...] = ()
    keys: bytes | Unreadable | None = None
    loaded: bytes | Unreadable | None = None
    loaded_keys: bytes | Unreadable | None = None
    loaded_by: str | None = None
    running: Running | None = None
    reloaded: float = 0.0
    swarm: bool = False

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
        """Whether daemon.json changed after the daemon started."""
        return self.file is not None and self.came_after_start(self.file_time)

    def came_after_start(self, changed: float) -> bool:
        """Whether something changed after the daemon started, which may then not have read it.

        Both times may be wrong by 10 ms, the tick in which starts are counted and that of a file system's clock. That
        needs no margin: dockerd looks at its first file more than 40 ms after its start. With one, an edit just before
        a start would look like one behind it.

        Args:
            changed: when, seconds since the epoch.
        """
        return self.running is not None and changed > self.running.started

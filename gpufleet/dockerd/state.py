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
        file_born: when it was made, under whatever name, seconds since the epoch; 0 where that is not known.
        folder_time: when something last came into or left its folder, seconds since the epoch; looked for like
            `loaded_time`.
        authority_time: when the newest certificate authority of ours was written, seconds since the epoch.
        gpu_programs: the programs that dockerd looks up at its start to offer GPUs: when each last changed, by path,
            seconds since the epoch.
        gpu_found: what is remembered of a daemon: its identity, then the paths of those that it found.
        keys: whose keys stand in it, as remembered.
        loaded: copy of what a daemon loaded; None where that daemon found no file.
        loaded_keys: whose keys stood in that.
        loaded_by: the identity of that daemon.
        loaded_time: when that was remembered, seconds since the epoch; looked for only where another daemon runs now.
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
    file_born: float = 0.0
    folder_time: float = 0.0
    authority_time: float = 0.0
    gpu_programs: Mapping[str, float] = field(default_factory=dict)
    gpu_found: tuple[str, ...] = ()
    keys: bytes | Unreadable | None = None
    loaded: bytes | Unreadable | None = None
    loaded_keys: bytes | Unreadable | None = None
    loaded_by: str | None = None
    loaded_time: float = 0.0
    running: Running | None = None
    reloaded: float = 0.0
    swarm: bool = False

    @property
    def loaded_content(self) -> Object | None:
        """What the running daemon loaded, where that was remembered for this very daemon."""
        return self.remembered_content if self.running and self.loaded_by == self.running.identity else None

    @property
    def remembered_content(self) -> Object | None:
        """What some daemon of this host loaded last, as far as is known: this one, or one before it."""
        if self.loaded_by is None or isinstance(self.loaded, Unreadable):
            return None
        try:
            return parse_object(self.loaded or b"")
        except JsonTextError:
            return None

    @property
    def replaced_after_start(self) -> bool:
        """Whether it is not the file any more that was there at the daemon's start, as far as its folder tells.

        One made before a daemon was last seen to load anything was there all the time.
        """
        moved = self.running is not None and self.folder_time > self.running.started - START_MARGIN
        return moved and self.file_born > self.loaded_time

    @property
    def written_after_start(self) -> bool:
        """Whether daemon.json changed, or may have changed, after the daemon read it at its start."""
        return (
            self.running is not None and self.file is not None and self.file_time > self.running.started - START_MARGIN
        )

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
        gpu_programs: the programs that dockerd looks up at its start to offer GPUs: when each last changed, by path,
            seconds since the epoch.
        gpu_found: what is remembered of a daemon: its identity, then the paths of those that it found.
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
    gpu_programs: Mapping[str, float] = field(default_factory=dict)
    gpu_found: tuple[str, ...] = ()
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

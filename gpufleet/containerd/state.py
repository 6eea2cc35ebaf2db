"""containerd of one host as data: its files, what it makes of them, and what it is known to run with. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from gpufleet.containerd.effect import effect
from gpufleet.containerd.imports import imports
from gpufleet.state import STATE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.facts.answer import Unreadable

CONFIG = "/etc/containerd/config.toml"
DROP_IN = "/etc/containerd/conf.d/99-nvidia.toml"
"""Where nvidia-ctk puts its own since 1.18.1, so that there are never two."""
IMPORT = "/etc/containerd/conf.d/99-nvidia*.toml"
"""It matches that file only. Without a star containerd does not start where the file is missing."""
FOLDER = f"{STATE_DIRECTORY}/containerd"
LOADED = f"{FOLDER}/loaded"
"""The containerd that was seen last before or after a change of ours, and a digest of what it runs with."""
UNKNOWN = "-"


@dataclass(frozen=True)
class Process:
    """A containerd that runs as a service of the host's.

    Attributes:
        identity: tells it from every other one, also after a restart.
        started: when, in seconds since the epoch.
        command: its command line.
    """

    identity: str
    started: float
    command: str = ""


@dataclass(frozen=True)
class ContainerdState:
    """What a host holds of containerd.

    Attributes:
        version: as it says itself, `2.1.9`; None where the program is not there.
        file: bytes of config.toml; None where there is none.
        drop_in: bytes of our file beside it.
        others: bytes of every other file that it reads, by path, config.toml itself left out.
        dump: what `containerd config dump` prints, which starts nothing: all its files and its defaults in one.
        changed: when config.toml or a file beside it changed last, in seconds since the epoch; None without any.
        running: None where none runs.
        loaded: content of `LOADED`.
        systemd: systemd is the init of the host.
        stopped: its service is to start at boot, and does not run.
        closed: not everybody on the host may read config.toml, or another file that it reads.
    """

    version: str | None = None
    file: bytes | Unreadable | None = None
    drop_in: bytes | Unreadable | None = None
    others: Mapping[str, bytes] = field(default_factory=dict)
    dump: bytes | Unreadable | None = None
    changed: float | None = None
    running: Process | None = None
    loaded: str = ""
    systemd: bool = True
    stopped: bool = False
    closed: bool = False


def imported(raw: bytes) -> bool:
    """Whether a config.toml reads our file.

    Args:
        raw: its bytes.

    Raises:
        TomlTextError: it is no TOML.
    """
    return any(fnmatchcase(DROP_IN, absolute(each)) for each in imports(raw))


def absolute(pattern: str) -> str:
    """An import as containerd reads it: what is no absolute path is one beside config.toml.

    Args:
        pattern: as it is written.
    """
    return str(PurePosixPath(CONFIG).parent / pattern)


def digest(dump: bytes) -> str:
    """Tells what containerd makes of the runtime from anything else that it could make of it.

    Args:
        dump: what `containerd config dump` prints.

    Raises:
        TomlTextError: it printed something else.
    """
    return hashlib.sha256(json.dumps(effect(dump), sort_keys=True, default=str).encode()).hexdigest()


def runs_with(state: ContainerdState) -> str | None:
    """The digest of what the running containerd has loaded, None where that is not known or none runs.

    What was remembered of that very process counts; else it has read what is there if nothing changed since its start.

    Raises:
        TomlTextError: `containerd config dump` printed something else.
    """
    if state.running is None:
        return None
    identity, _, remembered = state.loaded.partition("\n")
    if identity == state.running.identity:
        return None if remembered.strip() == UNKNOWN else remembered.strip()
    untouched = state.changed is None or state.changed < state.running.started
    return digest(state.dump) if untouched and isinstance(state.dump, bytes) else None


def outdated(state: ContainerdState) -> bool:
    """Whether the running containerd is to be started anew to have what its files say.

    It is, too, where a file has changed since somebody else has started it: nothing tells what it has read then.

    Raises:
        TomlTextError: `containerd config dump` printed something else.
    """
    if state.running is None or not isinstance(state.dump, bytes):
        return False
    return runs_with(state) != digest(state.dump)

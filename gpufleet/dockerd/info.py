"""What `docker info` must show of a configuration, so that a daemon can be held against its file.

A reload that dockerd rejects is silent: it logs an error, and `systemctl reload` succeeds. Only its answers tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpufleet.dockerd.json_tree import Object, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCALARS = (
    ("live-restore", "LiveRestoreEnabled"),
    ("debug", "Debug"),
    ("default-runtime", "DefaultRuntime"),
    ("log-driver", "LoggingDriver"),
)


@dataclass(frozen=True)
class Observable:
    """A value of the file that `docker info` shows.

    Attributes:
        key: the file's top-level key.
        template: the Go template that prints the value as JSON.
        path: where the value stands in the answer's JSON.
        value: what it must be.
    """

    key: str
    template: str
    path: tuple[str, ...]
    value: object

    @property
    def text(self) -> str:
        """What the template prints when the value is as the file says."""
        return json.dumps(self.value, separators=(",", ":"), ensure_ascii=False)

    def seen(self, info: Mapping[str, Any]) -> object:
        """The live value, None where the answer has none."""
        value: object = info
        for name in self.path:
            value = value.get(name) if isinstance(value, dict) else None
        return value


def observables(config: Object) -> Iterator[Observable]:
    """What `docker info` must show of a configuration; values whose form it changes are left out."""
    for key, name in _SCALARS:
        value = value_of(config.get(key))
        if isinstance(value, bool) or (isinstance(value, str) and value):
            yield Observable(key, f"{{{{json .{name}}}}}", (name,), value)
    mirrors = config.get("registry-mirrors")
    if isinstance(mirrors, list) and mirrors:
        urls = dict.fromkeys(f"{str(value_of(mirror)).removesuffix('/')}/" for mirror in mirrors)
        template = "{{json .RegistryConfig.Mirrors}}"
        yield Observable("registry-mirrors", template, ("RegistryConfig", "Mirrors"), list(urls))
    runtimes = config.get("runtimes")
    for name, runtime in runtimes.items() if isinstance(runtimes, dict) else ():
        program = value_of(runtime.get("path")) if isinstance(runtime, dict) else None
        if program:
            template = f"{{{{with index .Runtimes {json.dumps(name)}}}}}{{{{json .Path}}}}{{{{end}}}}"
            yield Observable("runtimes", template, ("Runtimes", name, "path"), program)


def swarm_active(info: Mapping[str, Any]) -> bool:
    """Whether the daemon is in swarm mode, in which it does not start with live-restore."""
    swarm = info.get("Swarm")
    return isinstance(swarm, dict) and swarm.get("LocalNodeState") not in (None, "", "inactive")


def contradictions(config: Object, info: Mapping[str, Any]) -> list[str]:
    """Top-level keys for which the live daemon shows another value than its file holds."""
    return list(dict.fromkeys(item.key for item in observables(config) if item.seen(info) != item.value))

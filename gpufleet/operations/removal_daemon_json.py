"""daemon.json without keys of ours, and with what the user had in their places.

The default runtime goes first and by itself, live-restore last: as long as it stands there, containers of other people
live on through a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.dockerd.daemon_json import Plan
from gpufleet.dockerd.given_back import before_us, given_back
from gpufleet.dockerd.json_paths import find
from gpufleet.dockerd.json_text import JsonTextError
from gpufleet.dockerd.json_tree import from_plain, render, same
from gpufleet.dockerd.key_memory import parse_memory, render_memory
from gpufleet.dockerd.live import stops_containers
from gpufleet.dockerd.objections import Objection, to_writing
from gpufleet.dockerd.planned import content_of
from gpufleet.dockerd.state import DAEMON_JSON, KEYS
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.masking import shown
from gpufleet.operations import docker_commands
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.files import write_file
from gpufleet.operations.removal import Unless, going, stays

if TYPE_CHECKING:
    from collections.abc import Collection

    from gpufleet.dockerd.json_paths import KeyPath
    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.key_memory import Memory
    from gpufleet.dockerd.state import DockerState
    from gpufleet.made import Made

LIVE_RESTORE = "live-restore"
DEFAULT_RUNTIME = "default-runtime"
STOCK_RUNTIME = "runc"
"""The default of a dockerd that nobody has told of another."""


@operation()
def keys_given_back(owner: str, unless: Unless, but: Collection[str] = ()) -> Commands:
    """Have none of an owner's keys in daemon.json, and what the user had in their places before.

    Args:
        owner: a role's name.
        unless: why they are left as they are.
        but: top-level keys that stay.
    """
    if (yield from stays(unless)):
        return
    with together():
        docker, made = host.get_fact(DockerDaemon), host.get_fact(Remembered)
    own = memory_of(docker).get(owner, frozenset())
    yield from _taken_out(docker, made, owner, frozenset(path for path in own if path[0] not in but))


@operation()
def default_runtime_given_back(owner: str, unless: Unless) -> Commands:
    """Have no default runtime of an owner's in daemon.json, and the user's where there was one.

    That it is gone from the file a daemon only sees at its start. One that would stop containers is not started anew:
    there the default of every dockerd is written in its place, which a reload takes up, and goes with the other keys.

    Args:
        owner: a role's name.
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    with together():
        docker, made = host.get_fact(DockerDaemon), host.get_fact(Remembered)
    own = memory_of(docker).get(owner, frozenset())
    yield from _taken_out(docker, made, owner, frozenset({(DEFAULT_RUNTIME,)}) & own, by_reload=True)


def _taken_out(
    docker: DockerState, made: Made, owner: str, go: frozenset[KeyPath], *, by_reload: bool = False
) -> Commands:
    """Leaves go, or as long as containers run give way to what a reload takes up."""
    memory, content = memory_of(docker), content_of(docker)
    if not go:
        host.noop(f"{DAEMON_JSON} holds none of them")
        return
    if isinstance(content, Objection):
        yield from refuse(**content._asdict())
        return
    desired, left = given_back(content, go, before_us(made)), memory[owner] - go
    if by_reload and DEFAULT_RUNTIME not in desired and stops_containers(docker, desired):
        desired, left = {**desired, DEFAULT_RUNTIME: from_plain(STOCK_RUNTIME)}, memory[owner]
        if same(content, desired):
            host.noop(f"{STOCK_RUNTIME} stands there until dockerd can do without")
            return
    remembered = {**memory, owner: left}
    planned = Plan(content, desired, memory, {name: paths for name, paths in remembered.items() if paths}, {})
    if planned.file_differs and (objection := to_writing(docker, planned)):
        yield from refuse(**objection._asdict())
        return
    keys = ", ".join(dict.fromkeys(".".join(path[:2]) for path in sorted(go)))
    yield from begin(going(DAEMON_JSON, f"gpufleet's {keys}", _after(go, desired)))
    yield from _written(docker, planned)


def _after(leaves: Collection[KeyPath], desired: Object) -> str:
    """What stands in the places of some leaves once they have been given back."""
    values = {".".join(path[:2]): (path[-1], find(desired, path[:2])) for path in sorted(leaves)}
    return ", ".join(
        f"no {key}" if old is None else f"{key}: {shown(old, name)}" for key, (name, old) in values.items()
    )


def memory_of(docker: DockerState) -> Memory:
    """Whose keys stand in the file; where that cannot be read all of them are the user's.

    Args:
        docker: the host.
    """
    try:
        return {} if isinstance(docker.keys, Unreadable) else parse_memory(docker.keys)
    except JsonTextError:
        return {}


def _written(docker: DockerState, planned: Plan) -> Commands:
    """Without a dockerd nothing can check the file, and nothing is harmed by it."""
    if planned.file_differs and docker.program:
        yield docker_commands.write(docker, planned)
        return
    if planned.file_differs:
        found = host.get_fact(FileContent, path=DAEMON_JSON)
        mode, owner = (found.mode, found.owner) if isinstance(found, FileState) else ("644", "root:root")
        yield write_file(DAEMON_JSON, render(planned.desired).encode(), mode, owner)
    yield write_file(KEYS, render_memory(planned.remembered).encode())

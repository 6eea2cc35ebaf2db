"""daemon.json without our keys, and a dockerd that runs with it.

The default runtime goes first and by itself, live-restore last: as long as it stands there, containers of other people
live on through a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.dockerd.daemon_json import Plan
from gpufleet.dockerd.given_back import before_us, given_back
from gpufleet.dockerd.json_paths import find
from gpufleet.dockerd.json_text import JsonTextError
from gpufleet.dockerd.json_tree import render, same
from gpufleet.dockerd.key_memory import parse_memory, render_memory
from gpufleet.dockerd.objections import Objection, running_containers, to_writing
from gpufleet.dockerd.planned import content_of
from gpufleet.dockerd.rules import wants_live_restore
from gpufleet.dockerd.staleness import runs_with
from gpufleet.dockerd.state import DAEMON_JSON, KEYS
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.masking import shown
from gpufleet.notice import notice
from gpufleet.operations import docker_commands, docker_daemon
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.files import write_file
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.operations.removal_words import removing
from gpufleet.state import BEFORE

if TYPE_CHECKING:
    from collections.abc import Collection

    from gpufleet.dockerd.json_paths import KeyPath
    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.key_memory import Memory
    from gpufleet.dockerd.state import DockerState

LIVE_RESTORE = "live-restore"
DEFAULT_RUNTIME = "default-runtime"


@operation()
def keys_given_back(
    owner: str, unless: Unless, only: Collection[str] | None = None, but: Collection[str] = ()
) -> Commands:
    """Have none of an owner's keys in daemon.json, and what the user had in their places before.

    Args:
        owner: a role's name.
        unless: why they are left as they are.
        only: top-level keys that go; None for all of the owner's.
        but: those that do not.
    """
    if (yield from stays(unless)):
        return
    with together():
        docker, made = host.get_fact(DockerDaemon), host.get_fact(Remembered)
    memory, content = _memory(docker), content_of(docker)
    own = memory.get(owner, frozenset())
    go = frozenset(path for path in own if (only is None or path[0] in only) and path[0] not in but)
    if not go:
        host.noop(f"{DAEMON_JSON} holds none of them")
        return
    if isinstance(content, Objection):
        yield from refuse(**content._asdict())
        return
    desired = given_back(content, go, before_us(made))
    remembered = {**memory, owner: own - go}
    planned = Plan(content, desired, memory, {name: paths for name, paths in remembered.items() if paths}, {})
    if planned.file_differs and (objection := to_writing(docker, planned)):
        yield from refuse(**objection._asdict())
        return
    keys = ", ".join(dict.fromkeys(".".join(path[:2]) for path in sorted(go)))
    yield from begin(going(DAEMON_JSON, f"gpufleet's {keys}", _after(go, desired)))
    yield from _written(docker, planned)


@operation()
def loaded(unless: Unless) -> Commands:
    """Have dockerd run with the file, by a restart only where a reload is not enough.

    A daemon that is started without live-restore stops the containers that it finds: once that is gone from the file,
    and while any runs, dockerd is left as it is until somebody starts it anew.

    Args:
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    docker = host.get_fact(DockerDaemon)
    content = content_of(docker)
    if docker.loaded_by is None and docker.keys is None:
        host.noop("gpufleet has had dockerd load nothing")
    elif docker.running and running_containers(docker.running) and _without_live_restore(content):
        if not runs_with(docker, {} if isinstance(content, Objection) else content):
            notice(
                "dockerd keeps live-restore, and whatever else it has loaded, until it is started next: containers run."
            )
        host.noop("containers run, and would not outlive a restart")
    else:
        yield from removing(docker_daemon.loaded._inner())  # noqa: SLF001


@operation()
def file_given_back(unless: Unless) -> Commands:
    """Have daemon.json again byte for byte as it was, where it means the same; none where there was none.

    Args:
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    with together():
        docker, made = host.get_fact(DockerDaemon), host.get_fact(Remembered)
        found = host.get_fact(FileContent, path=DAEMON_JSON)
    content, before = content_of(docker), made.before.get(DAEMON_JSON)
    place, kept = QuoteString(DAEMON_JSON), QuoteString(f"{BEFORE}{DAEMON_JSON}")
    file = StringCommand("file=$(readlink -f", place, ") &&")
    if any(_memory(docker).values()) or isinstance(content, Objection) or not isinstance(found, FileState):
        host.noop(f"{DAEMON_JSON} is not ours to change")
    elif before is None and DAEMON_JSON in made.files and not content:
        yield from begin(going(DAEMON_JSON))
        yield StringCommand(file, 'rm -f -- "$file"')
    elif before is not None and before != found and same(content, before_us(made)):
        yield from begin(going(DAEMON_JSON, "spelt differently", "as it was spelt before"))
        yield StringCommand(file, "cp -p --", kept, '"$file.gpufleet" && mv -f -- "$file.gpufleet" "$file"')
    else:
        _say(content, made_known=made.known)
        host.noop(f"{DAEMON_JSON} is the user's")


def _after(leaves: Collection[KeyPath], desired: Object) -> str:
    """What stands in the places of some leaves once they have been given back."""
    values = {".".join(path[:2]): (path[-1], find(desired, path[:2])) for path in sorted(leaves)}
    return ", ".join(
        f"no {key}" if old is None else f"{key}: {shown(old, name)}" for key, (name, old) in values.items()
    )


def _without_live_restore(content: Object | Objection) -> bool:
    return isinstance(content, Objection) or not wants_live_restore(content)


def _say(content: Object, *, made_known: bool) -> None:
    if not content and not made_known:
        notice(f"{DAEMON_JSON} stays, with nothing in it: it is not known whether gpufleet has made it.")


def _memory(docker: DockerState) -> Memory:
    """Whose keys stand in the file; where that cannot be read all of them are the user's."""
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

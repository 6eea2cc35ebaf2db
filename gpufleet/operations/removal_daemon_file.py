"""daemon.json as it was before us, once it holds nothing of ours any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.dockerd.given_back import before_us
from gpufleet.dockerd.json_tree import same
from gpufleet.dockerd.objections import Objection
from gpufleet.dockerd.planned import content_of
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.operations.removal_daemon_json import memory_of
from gpufleet.state import BEFORE

if TYPE_CHECKING:
    from gpufleet.dockerd.json_tree import Object


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
    if any(memory_of(docker).values()) or isinstance(content, Objection) or not isinstance(found, FileState):
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


def _say(content: Object, *, made_known: bool) -> None:
    if not content and not made_known:
        notice(f"{DAEMON_JSON} stays, with nothing in it: it is not known whether gpufleet has made it.")

"""What a host's daemon.json should hold, or why that cannot be said. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.dockerd.daemon_json import Plan, plan
from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.key_memory import parse_memory
from gpufleet.dockerd.objections import Objection, another_file, to_writing, unreadable
from gpufleet.dockerd.state import DAEMON_JSON, KEYS
from gpufleet.facts.answer import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState

MEND = "Mend the file; it was left as it is."
FORGET = "Remove the file: every key that stands in daemon.json then counts as the user's own."


def planned(docker: DockerState, owner: str, keys: Mapping[str, Any], *, outranks: bool) -> Plan | Objection:
    """What one owner's declaration makes of the file.

    Args:
        docker: the host.
        owner: who declares, a role's name.
        keys: what.
        outranks: what other owners put there is taken over.
    """
    content = content_of(docker)
    if isinstance(content, Objection):
        return content
    if isinstance(docker.keys, Unreadable):
        return unreadable(KEYS, docker.keys, FORGET)
    try:
        memory = parse_memory(docker.keys)
    except JsonTextError as error:
        return unreadable(KEYS, error, FORGET)
    try:
        wanted = plan(content, memory, owner, keys, outranks=outranks)
    except ValueError as error:
        return Objection(f"declared keys of {DAEMON_JSON}", "values that JSON has", str(error), "Correct the value.")
    return (to_writing(docker, wanted) if wanted.file_differs else another_file(docker)) or wanted


def content_of(docker: DockerState) -> Object | Objection:
    """What daemon.json holds; nothing where there is none.

    Args:
        docker: the host.
    """
    if isinstance(docker.file, Unreadable):
        return unreadable(DAEMON_JSON, docker.file, MEND)
    try:
        return parse_object(docker.file or b"")
    except JsonTextError as error:
        return unreadable(DAEMON_JSON, error, MEND)

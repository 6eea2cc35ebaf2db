"""Docker's runtime `nvidia` in daemon.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, operation

from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.key_memory import parse_memory
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages, Package
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.nvidia import NvidiaRuntime
from gpufleet.facts.together import together
from gpufleet.operations import docker_daemon
from gpufleet.operations.change import Commands, begin, refuse
from roles.nvidia_container_toolkit.daemon import OWNER, declared_keys
from roles.nvidia_container_toolkit.packages import PACKAGES, PROGRAMS

if TYPE_CHECKING:
    from gpufleet.dockerd.json_paths import KeyPath
    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState
    from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings


@operation()
def configuration(settings: NvidiaContainerToolkitSettings) -> Commands:
    """Have the runtime `nvidia` in daemon.json as the host's own nvidia-ctk writes it, under the user's own values.

    nvidia-ctk itself is never let loose on the file: it rounds numbers, replaces the user's entry and truncates in
    place.

    Args:
        settings: what is declared.
    """
    with together():
        entry, docker = host.get_fact(NvidiaRuntime), host.get_fact(DockerDaemon)
        found = host.get_fact(AptPackages, packages=list(PACKAGES))
    if entry is None and not found.get(PROGRAMS, Package()).version:  # its package comes first, and is missed itself
        yield from begin(step=True)
        yield StringCommand("nvidia-ctk --version")
    elif entry is None or isinstance(entry, Unreadable):
        yield from _no_answer(entry)
    else:
        keys = declared_keys(settings, entry, _content(docker), _own(docker), _version(docker))
        yield from docker_daemon.configuration._inner(owner=OWNER, keys=keys)  # noqa: SLF001


def _no_answer(said: Unreadable | None) -> Commands:
    """Its package is there, and nvidia-ctk is not, or does not work."""
    yield from refuse(
        PROGRAMS,
        expected="its nvidia-ctk, with an entry for Docker's runtimes",
        observed=said.why if said else "the program is not there",
        way_out=f"Install the package anew: `apt-get install --reinstall {PROGRAMS}`.",
        kind="unknown" if said else "config",
    )


def _content(docker: DockerState) -> Object:
    """What daemon.json holds; nothing where it can't be read, which the operation that changes it refuses."""
    try:
        return {} if isinstance(docker.file, Unreadable) else parse_object(docker.file or b"")
    except JsonTextError:
        return {}


def _own(docker: DockerState) -> frozenset[KeyPath]:
    try:
        memory = {} if isinstance(docker.keys, Unreadable) else parse_memory(docker.keys)
    except JsonTextError:
        return frozenset()
    return memory.get(OWNER, frozenset())


def _version(docker: DockerState) -> str | None:
    if docker.running is None or isinstance(docker.running.info, Unreadable):
        return None
    version = docker.running.info.get("ServerVersion")
    return version if isinstance(version, str) and version else None

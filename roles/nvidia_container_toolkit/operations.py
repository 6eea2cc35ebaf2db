"""The toolkit's source, packages and Docker's runtime `nvidia`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand, operation

from gpufleet.dockerd.daemon_json import parse_memory
from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.staleness import unseen_programs
from gpufleet.dockerd.state import DAEMON_JSON, GPU_PROGRAMS
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent
from gpufleet.facts.nvidia import NvidiaRuntime
from gpufleet.finding import Difference
from gpufleet.operations import docker_daemon
from gpufleet.operations.apt import packages as apt_packages
from gpufleet.operations.apt import source as apt_source
from gpufleet.operations.apt.keyring import trouble
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.files import file_difference, write_file
from roles.nvidia_container_toolkit.daemon import OWNER, declared_keys
from roles.nvidia_container_toolkit.source import FORMER, KEYRING, SOURCE

if TYPE_CHECKING:
    from gpufleet.dockerd.daemon_json import KeyPath
    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState
    from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings

PACKAGES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)
"""They depend on each other at exactly one version, and apt does not find it by itself when only one is named
(https://github.com/NVIDIA/nvidia-container-toolkit/pull/1100)."""
FORMER_PACKAGES = ("nvidia-docker", "nvidia-docker2", "nvidia-container-runtime", "nvidia-container-runtime-hook")
"""What apt may remove where it cannot stay; never purged: to nvidia-docker2 up to 2.13 daemon.json is its own file."""


@operation()
def one_source(repository: str, text: str, key: str) -> Commands:
    """Have no entries for NVIDIA's repository but ours, and not even ours while apt could stumble over it.

    One whose keyring is missing makes apt refuse everything, other vendors' packages included. Ours is written anew
    once its keyring is there.

    Args:
        repository: the declared one.
        text: content of our source file.
        key: the pinned fingerprint.
    """
    off = trouble(host.get_fact(FileContent, path=KEYRING), key, KEYRING)
    differences = list(file_difference(SOURCE, text, "644", host.get_fact(FileContent, path=SOURCE)))
    own = None if off or differences else SOURCE
    yield from apt_source.alone._inner(path=own, repositories=[repository, *FORMER])  # noqa: SLF001


def repository_needed(version: str, key: str) -> bool:
    """Whether anything is still to be fetched from NVIDIA's repository, by what the current host shows.

    Args:
        version: the declared one.
        key: the pinned fingerprint.
    """
    off = trouble(host.get_fact(FileContent, path=KEYRING), key, KEYRING)
    found = host.get_fact(AptPackages, packages=list(PACKAGES))
    return bool(off or any(apt_packages.package_differences(dict.fromkeys(PACKAGES, version), found)))


@operation()
def packages(version: str) -> Commands:
    """Have the toolkit's packages at one version, held.

    Args:
        version: of all of them.
    """
    versions: dict[str, str | None] = dict.fromkeys(PACKAGES, version)
    there = host.get_fact(AptPackages, packages=list(PACKAGES))
    if any(apt_packages.package_differences(versions, there)):
        yield from _programs_remembered(host.get_fact(DockerDaemon))
    yield from apt_packages.packages._inner(versions=versions, may_go=FORMER_PACKAGES)  # noqa: SLF001


def _programs_remembered(docker: DockerState) -> Commands:
    """Remember what the running dockerd has found, so that an upgrade in the same place does not restart it."""
    if docker.running is None or not docker.gpu_programs or unseen_programs(docker):
        return
    known = (docker.running.identity, *docker.gpu_programs)
    if docker.gpu_found != known:
        yield from begin()
        yield write_file(GPU_PROGRAMS, "".join(f"{line}\n" for line in known).encode())


@operation()
def configuration(settings: NvidiaContainerToolkitSettings) -> Commands:
    """Have the runtime `nvidia` in daemon.json as the host's own nvidia-ctk writes it, under the user's own values.

    nvidia-ctk itself is never let loose on the file: it rounds numbers, replaces the user's entry and truncates in
    place.

    Args:
        settings: what is declared.
    """
    entry = host.get_fact(NvidiaRuntime)
    if entry is None:  # before its package is there
        resource, observed = f"{DAEMON_JSON} runtimes.nvidia", "there is no nvidia-ctk to ask for it"
        yield from begin(
            Difference(kind="config", resource=resource, expected="as nvidia-ctk has it", observed=observed)
        )
        yield StringCommand("nvidia-ctk --version")
    elif isinstance(entry, Unreadable):
        way_out = "Install the toolkit's packages anew (`apt-get install --reinstall nvidia-container-toolkit-base`)."
        yield from refuse("nvidia-ctk", expected="an entry for Docker's runtimes", observed=entry.why, way_out=way_out)
    else:
        docker = host.get_fact(DockerDaemon)
        keys = declared_keys(settings, entry, _content(docker), _own(docker), _version(docker))
        yield from docker_daemon.configuration._inner(owner=OWNER, keys=keys)  # noqa: SLF001


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

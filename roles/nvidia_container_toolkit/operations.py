"""The toolkit's source, packages and Docker's runtime `nvidia`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.key_memory import parse_memory
from gpufleet.dockerd.staleness import unseen_programs
from gpufleet.dockerd.state import GPU_PROGRAMS
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages, AptSourceFiles, Package
from gpufleet.facts.apt_removable import AptRemovable
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.nvidia import NvidiaRuntime
from gpufleet.facts.together import together
from gpufleet.notice import notice
from gpufleet.operations import docker_daemon
from gpufleet.operations.apt import packages as apt_packages
from gpufleet.operations.apt import source as apt_source
from gpufleet.operations.apt.keyring import trouble
from gpufleet.operations.apt.order import Order, installed
from gpufleet.operations.before import set_aside
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.files import file_difference, write_file
from roles.nvidia_container_toolkit.daemon import OWNER, declared_keys
from roles.nvidia_container_toolkit.source import FORMER, KEYRING, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.bundle.chosen import Bundle
    from gpufleet.dockerd.json_paths import KeyPath
    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState
    from gpufleet.finding import Difference
    from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings

PACKAGES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)
"""They depend on each other at exactly one version, and apt does not find it by itself when only one is named
(https://github.com/NVIDIA/nvidia-container-toolkit/pull/1100)."""
PROGRAMS = "nvidia-container-toolkit-base"
"""The one of them that holds nvidia-ctk and what CDI specifications name."""
AUTHORITIES = "ca-certificates"
FORMER_PACKAGES = ("nvidia-docker", "nvidia-docker2", "nvidia-container-runtime", "nvidia-container-runtime-hook")
"""What older articles install, and what the toolkit has taken the place of. To nvidia-docker2 up to 2.13 daemon.json is
its own file."""


@operation()
def one_source(repository: str, text: str, key: str) -> Commands:
    """Have no entries for NVIDIA's repository but ours, and not even ours while apt could stumble over it.

    One whose keyring is missing makes apt refuse everything, other vendors' packages included. Ours is written anew
    once its keyring is there; what is wrong with it, or with the keyring, is theirs to say.

    Args:
        repository: the declared one.
        text: content of our source file.
        key: the pinned fingerprint.
    """
    with together():
        keyring, source = host.get_fact(FileContent, path=KEYRING), host.get_fact(FileContent, path=SOURCE)
        host.get_fact(AptSourceFiles)  # the operation within asks for it
    yield from apt_source.alone._inner(path=SOURCE, repositories=[repository, *FORMER])  # noqa: SLF001
    off = trouble(keyring, key, KEYRING) or any(file_difference(SOURCE, text, "644", source))
    if off and isinstance(source, FileState):
        yield from begin(step=True)
        yield set_aside(SOURCE, "&& rm -f", QuoteString(SOURCE))


def repository_needed(version: str, key: str) -> bool:
    """Whether anything is still to be fetched from NVIDIA's repository, by what the current host shows.

    Args:
        version: the declared one.
        key: the pinned fingerprint.
    """
    with together():
        keyring = host.get_fact(FileContent, path=KEYRING)
        found = host.get_fact(AptPackages, packages=list(PACKAGES))
    return bool(trouble(keyring, key, KEYRING) or any(_off(version, found)))


@operation()
def prerequisites() -> Commands:
    """Have package ca-certificates: without it apt reaches no https source.

    Where role docker_engine wants it too, the finding is that one's.
    """
    found = host.get_fact(AptPackages, packages=[AUTHORITIES])
    differences = list(apt_packages.package_differences({AUTHORITIES: None}, found))
    if not differences:
        host.noop(f"installed as declared: {AUTHORITIES}")
        return
    yield from begin(*(replace(each, waits_for=AUTHORITIES) for each in differences))
    yield from installed(Order({AUTHORITIES: None}), bundle=None, files=[])


@operation()
def packages(version: str, bundle: Bundle | None = None) -> Commands:
    """Have the toolkit's packages at one version, held, and none of those whose place they have taken.

    All in one go: the program of Docker's runtime `nvidia` may be in either, and is never away for long.

    Args:
        version: of all of them.
        bundle: what they come from, None where they come from apt's sources.
    """
    with together():
        former = host.get_fact(AptPackages, packages=list(FORMER_PACKAGES))
        host.get_fact(AptPackages, packages=list(PACKAGES))  # the operation within asks for it
    versions: dict[str, str | None] = dict.fromkeys(PACKAGES, version)
    yield from apt_packages.packages._inner(  # noqa: SLF001
        versions=versions, remove=_removable(former), may_go=FORMER_PACKAGES, bundle=bundle
    )


def _removable(former: Mapping[str, Package]) -> list[str]:
    """The former packages that go; one that others of the host need stays, and is only told of."""
    there = [name for name in FORMER_PACKAGES if former.get(name, Package()).version]
    if not there:
        return []
    can_go: frozenset[str] = host.get_fact(AptRemovable, packages=there, along=[])
    if stay := [name for name in there if name not in can_go]:
        notice(f"Packages of NVIDIA's former Docker that stay, since others need them: {', '.join(stay)}.")
    return [name for name in there if name in can_go]


@operation()
def programs_remembered(version: str) -> Commands:
    """Before packages change, remember what the running dockerd has found: an upgrade in place does not restart it.

    Args:
        version: of the packages.
    """
    with together():
        found, docker = host.get_fact(AptPackages, packages=list(PACKAGES)), host.get_fact(DockerDaemon)
    known = (docker.running.identity, *docker.gpu_programs) if docker.running else ()
    if not any(_off(version, found)) or not docker.gpu_programs or not known or docker.gpu_found == known:
        host.noop("dockerd need not be told from one that has not found them")
    elif unseen_programs(docker):
        host.noop("the running dockerd has not found all of them")
    else:
        yield from begin(step=True)
        yield write_file(GPU_PROGRAMS, "".join(f"{line}\n" for line in known).encode())


def _off(version: str, found: Mapping[str, Package]) -> Iterator[Difference]:
    return apt_packages.package_differences(dict.fromkeys(PACKAGES, version), found)


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

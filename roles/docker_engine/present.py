"""What is there of Docker on the current host, asked anew each time: a run may change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages, AptSourceFiles
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.remembered import Remembered
from gpufleet.facts.together import together
from gpufleet.operations.apt.keyring import trouble
from gpufleet.operations.apt.packages import NOT_HELD, package_differences
from roles.docker_engine import families
from roles.docker_engine.source import KEYRING, SOURCE, named, named_before

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.dockerd.state import DockerState
    from gpufleet.facts.apt import Package
    from gpufleet.facts.files import FileState
    from gpufleet.platform import DockerFamily
    from roles.docker_engine.source import Origin


@dataclass(frozen=True)
class Present:
    """The current host's Docker.

    Attributes:
        packages: what dpkg knows of every package that has to do with Docker.
        docker: its daemon.
        keyring: the file with Docker's key.
        source: the file with Docker's repository.
        sources: the text of every file that apt takes sources from, by path.
    """

    packages: dict[str, Package]
    docker: DockerState
    keyring: FileState | Unreadable | None
    source: FileState | Unreadable | None
    sources: Mapping[str, str]

    def family(self, declared: families.Source) -> DockerFamily:
        """Whose Docker this host is to have, by what is declared and what is there.

        Args:
            declared: `docker_engine_source`.
        """
        return families.family(declared, families.installed_family(self.packages, self.docker.program))

    def lacks_packages(self, version: str | None) -> bool:
        """One of Docker's own packages is missing, broken or of another version; a hold can be set without a network.

        Args:
            version: the declared `docker_engine_version`.
        """
        differences = package_differences(families.pinned(families.DOCKER_PACKAGES, version), self.packages)
        return any(not each.observed.endswith(NOT_HELD) for each in differences)

    def needs_repository(self, origin: Origin) -> bool:
        """Docker's repository is used here, or is to be, by what there is of Docker and by apt's sources.

        Not where a Docker of Docker's own is only kept and apt knows no source for it: it came as files, and its host
        may have no network.

        Args:
            origin: what is declared.
        """
        return self.family(origin.source) == "docker" and (
            origin.source == "docker"
            or self.lacks_packages(origin.version)
            or self.keyring is not None
            or self.source is not None
            or named(self.sources, origin.repository)
        )


def present() -> Present:
    """Ask for all of it at once."""
    with together():
        packages = host.get_fact(AptPackages, packages=list(families.KNOWN))
        docker = host.get_fact(DockerDaemon)
        keyring = host.get_fact(FileContent, path=KEYRING)
        source = host.get_fact(FileContent, path=SOURCE)
        sources = host.get_fact(AptSourceFiles)
    return Present(packages, docker, keyring, source, sources)


def from_repository(there: Present, origin: Origin) -> bool:
    """Whether the current host uses Docker's repository, or is to.

    What the host remembers is asked only where Docker came as files, or seems to.

    Args:
        there: the host.
        origin: what is declared.
    """
    if there.needs_repository(origin) or there.family(origin.source) != "docker":
        return there.needs_repository(origin)
    return named_before(host.get_fact(Remembered), origin.repository)


def repository_needed(origin: Origin, key: str) -> bool:
    """Whether anything is still to be fetched from Docker's repository, by what the current host shows.

    Args:
        origin: what is declared.
        key: the pinned fingerprint.
    """
    there = present()
    if not from_repository(there, origin):
        return False
    pins = families.pinned(families.DOCKER_PACKAGES, origin.version)
    return bool(trouble(there.keyring, key) or any(package_differences(pins, there.packages)))


def deciding(there: Present, *, thorough: bool) -> families.There:
    """What decides about a host.

    Args:
        there: the host.
        thorough: ask who else uses containerd, which is needed only where that would be taken away.
    """
    others = families.installed_family(there.packages, there.docker.program) == "other"
    platform = host.get_fact(PlatformFacts, gpu_seconds=0, neighbours=thorough) if thorough or others else None
    running = there.docker.running
    info = {} if running is None or isinstance(running.info, Unreadable) else running.info
    version, count = info.get("ServerVersion"), info.get("ContainersRunning")
    return families.There(
        packages=there.packages,
        dockerd=there.docker.program,
        owner=platform.docker.package if others and platform and platform.docker else None,
        daemon_version=version if isinstance(version, str) and version else None,
        running_containers=count if isinstance(count, int) else None,
        containerd_users=platform.containerd_users if platform else (),
    )

"""What is there of Docker on the current host, asked anew each time: a run may change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.files import FileContent
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.together import together
from gpufleet.operations.apt.keyring import trouble
from gpufleet.operations.apt.packages import package_differences
from roles.docker_engine import families
from roles.docker_engine.source import KEYRING, SOURCE

if TYPE_CHECKING:
    from gpufleet.dockerd.state import DockerState
    from gpufleet.facts.apt import Package
    from gpufleet.facts.files import FileState
    from gpufleet.platform import DockerFamily


@dataclass(frozen=True)
class Present:
    """The current host's Docker.

    Attributes:
        packages: what dpkg knows of every package that has to do with Docker.
        docker: its daemon.
        keyring: the file with Docker's key.
        source: the file with Docker's repository.
    """

    packages: dict[str, Package]
    docker: DockerState
    keyring: FileState | Unreadable | None
    source: FileState | Unreadable | None

    def family(self, declared: families.Source) -> DockerFamily:
        """Whose Docker this host is to have, by what is declared and what is there.

        Args:
            declared: `docker_engine_source`.
        """
        return families.family(declared, families.installed_family(self.packages, self.docker.program))

    def from_repository(self, declared: families.Source) -> bool:
        """Docker's repository is used here: not by a Docker that is only kept and came as files, without a repository.

        Args:
            declared: `docker_engine_source`.
        """
        if self.family(declared) != "docker":
            return False
        if declared == "docker" or any(package_differences(dict.fromkeys(families.DOCKER_PACKAGES), self.packages)):
            return True
        return self.keyring is not None or self.source is not None


def present() -> Present:
    """Ask for all of it at once."""
    with together():
        packages = host.get_fact(AptPackages, packages=list(families.KNOWN))
        docker = host.get_fact(DockerDaemon)
        keyring = host.get_fact(FileContent, path=KEYRING)
        source = host.get_fact(FileContent, path=SOURCE)
    return Present(packages, docker, keyring, source)


def repository_needed(source: families.Source, version: str | None, key: str) -> bool:
    """Whether anything is still to be fetched from Docker's repository, by what the current host shows.

    Args:
        source: the declared `docker_engine_source`.
        version: the declared `docker_engine_version`.
        key: the pinned fingerprint.
    """
    there = present()
    if not there.from_repository(source):
        return False
    versions = {name: version if name in families.PINNED else None for name in families.DOCKER_PACKAGES}
    return bool(trouble(there.keyring, key) or any(package_differences(versions, there.packages)))


def deciding(there: Present, *, thorough: bool) -> families.There:
    """What decides about a host.

    Args:
        there: the host.
        thorough: ask who else uses containerd, which is needed only where that would be taken away.
    """
    running = there.docker.running
    info = {} if running is None or isinstance(running.info, Unreadable) else running.info
    version, count = info.get("ServerVersion"), info.get("ContainersRunning")
    users = host.get_fact(PlatformFacts, gpu_seconds=0, neighbours=True).containerd_users if thorough else ()
    return families.There(
        packages=there.packages,
        dockerd=there.docker.program,
        daemon_version=version if isinstance(version, str) and version else None,
        running_containers=count if isinstance(count, int) else None,
        containerd_users=users,
    )

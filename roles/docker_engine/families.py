"""Whose Docker a host has and is to have, and which packages that means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gpufleet.platform import DOCKER_FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gpufleet.facts.apt import Package
    from gpufleet.platform import DockerFamily

Source = Literal["auto", "docker", "distribution"]

DOCKER_PACKAGES = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin")
CLASHES_WITH_DOCKER = ("docker.io", "docker-engine", "containerd", "runc", "podman-docker", "docker-buildx")
"""Installed, each of these keeps Docker's packages out (https://docs.docker.com/engine/install/debian/); docker-buildx
and docker-buildx-plugin hold the same file and declare no conflict (https://github.com/docker/docs/issues/25506)."""
GO_WITH_THEM = ("docker-cli", "docker-doc", "docker-compose", "docker-compose-v2")

CLASHES_WITH_DISTRIBUTION = ("docker-ce", "containerd.io", "docker-buildx-plugin", "podman-docker")
GO_WITH_DOCKER = (
    *("docker-ce-cli", "docker-compose-plugin"),
    *("docker-ce-rootless-extras", "docker-model-plugin"),
)
PINNED = {"docker-ce", "docker-ce-cli", "docker.io", "docker-cli"}
"""What `docker_engine_version` speaks of; containerd and the plugins have versions of their own."""
KNOWN = (*DOCKER_PACKAGES, *CLASHES_WITH_DOCKER, *GO_WITH_THEM, *GO_WITH_DOCKER, "iptables")
"""All that is ever asked about."""


@dataclass(frozen=True, kw_only=True)
class There:
    """What decides about a host.

    Attributes:
        packages: dpkg's state of `KNOWN`.
        dockerd: path of the daemon's program, None without one.
        owner: the package that holds it, where that is neither Docker's nor the distribution's; None where none does.
        daemon_version: what the running daemon answers, None when none does.
        running_containers: None when no daemon answers.
        containerd_users: what uses containerd beside Docker, in words; asked for only where something would go.
    """

    packages: Mapping[str, Package]
    dockerd: str | None = None
    owner: str | None = None
    daemon_version: str | None = None
    running_containers: int | None = None
    containerd_users: tuple[str, ...] = ()

    @property
    def version(self) -> str | None:
        """Of the Docker that is there: as packaged, or as it says itself."""
        installed = (self.packages[name].version for name in DOCKER_FAMILIES if name in self.packages)
        return next(filter(None, installed), self.daemon_version)


def installed_family(packages: Mapping[str, Package], dockerd: str | None) -> DockerFamily | None:
    """Whose Docker is there.

    Args:
        packages: dpkg's state of `KNOWN`.
        dockerd: path of the daemon's program, None without one.
    """
    there = (family for name, family in DOCKER_FAMILIES.items() if name in packages and packages[name].version)
    return next(there, "other" if dockerd else None)


def family(source: Source, installed: DockerFamily | None) -> DockerFamily:
    """Whose Docker the host is to have: the declared one, or what is there, or Docker's own."""
    return (installed or "docker") if source == "auto" else source


def engine_packages(wanted: DockerFamily, distribution: str, version: str) -> tuple[str, ...]:
    """The packages of a family.

    Args:
        wanted: whose.
        distribution: `debian` or `ubuntu`.
        version: of the distribution; Debian split docker-cli off in 13, and Debian 12 has no docker-buildx.
    """
    if wanted == "docker":
        return DOCKER_PACKAGES
    if wanted == "other":
        return ()
    if distribution == "ubuntu":
        return ("docker.io", "docker-buildx")
    return ("docker.io",) if version == "12" else ("docker.io", "docker-cli", "docker-buildx", "iptables")


def pinned(names: Iterable[str], version: str | None) -> dict[str, str | None]:
    """The pin of each package, None for any version.

    Args:
        names: of packages.
        version: the declared `docker_engine_version`.
    """
    return {name: version if name in PINNED else None for name in names}


def clashing(wanted: DockerFamily, packages: Mapping[str, Package]) -> list[str]:
    """The installed packages that the wanted family cannot live beside."""
    clashes = {"docker": CLASHES_WITH_DOCKER, "distribution": CLASHES_WITH_DISTRIBUTION, "other": ()}[wanted]
    return [name for name in clashes if name in packages and packages[name].version]

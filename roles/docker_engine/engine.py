"""Which Docker a host gets: decided from what is declared and what is there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gpufleet.apt.versions import at_least
from gpufleet.platform import DOCKER_FAMILIES
from roles.docker_engine.settings import FLOOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.facts.apt import Package
    from gpufleet.platform import DockerFamily, Platform
    from roles.docker_engine.settings import DockerEngineSettings

Source = Literal["auto", "docker", "distribution"]

DOCKER_PACKAGES = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin")
CLASHES_WITH_DOCKER = ("docker.io", "docker-engine", "containerd", "runc", "podman-docker", "docker-buildx")
"""Installed, each of these keeps Docker's packages out (https://docs.docker.com/engine/install/debian/); docker-buildx
and docker-buildx-plugin hold the same file and declare no conflict (https://github.com/docker/docs/issues/25506)."""
GO_WITH_THEM = ("docker-cli", "docker-doc", "docker-compose", "docker-compose-v2")

CLASHES_WITH_DISTRIBUTION = ("docker-ce", "containerd.io", "docker-buildx-plugin")
GO_WITH_DOCKER = (
    *("docker-ce-cli", "docker-compose-plugin"),
    *("docker-ce-rootless-extras", "docker-model-plugin"),
)
PINNED = {"docker-ce", "docker-ce-cli", "docker.io", "docker-cli"}
"""What `docker_engine_version` speaks of; containerd and the plugins have versions of their own."""
KNOWN = (*DOCKER_PACKAGES, *CLASHES_WITH_DOCKER, *GO_WITH_THEM, *GO_WITH_DOCKER)


@dataclass(frozen=True)
class Refusal:
    """Why a host cannot get the Docker that was declared.

    Attributes:
        expected: what would have been needed.
        observed: what is there.
        way_out: what a person can do.
    """

    expected: str
    observed: str
    way_out: str


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


def clashing(wanted: DockerFamily, packages: Mapping[str, Package]) -> list[str]:
    """The installed packages that the wanted family cannot live beside."""
    clashes = {"docker": CLASHES_WITH_DOCKER, "distribution": CLASHES_WITH_DISTRIBUTION, "other": ()}[wanted]
    return [name for name in clashes if name in packages and packages[name].version]


def objection(
    settings: DockerEngineSettings, platform: Platform, packages: Mapping[str, Package], candidate: str | None
) -> Refusal | None:
    """Why this host may not be given the declared Docker, None when it may.

    Args:
        settings: what is declared.
        platform: what the host is, its Docker and whatever else uses containerd included.
        packages: dpkg's state of `KNOWN`.
        candidate: the version of docker.io that apt would install, None when that is not known.
    """
    installed = installed_family(packages, platform.docker.dockerd if platform.docker else None)
    wanted = family(settings.source, installed)
    if installed == "other" and wanted != "other":
        return _unpackaged(platform, wanted)
    return (
        _too_old(settings, platform, installed, wanted)
        or _candidate_too_old(installed, wanted, candidate)
        or _replacement(settings, platform, clashing(wanted, packages))
    )


def _unpackaged(platform: Platform, wanted: DockerFamily) -> Refusal:
    path = platform.docker.dockerd if platform.docker else "dockerd"
    way_out = "Remove it, or leave docker_engine_source at auto to keep it."
    return Refusal(f"Docker from the {wanted} packages", f"{path} belongs to no package", way_out)


def _too_old(
    settings: DockerEngineSettings, platform: Platform, installed: DockerFamily | None, wanted: DockerFamily
) -> Refusal | None:
    docker = platform.docker
    version = docker and (docker.version or docker.daemon_version)
    if not version or installed != wanted or settings.version or at_least(version, FLOOR):
        return None
    way_out = (
        "Set docker_engine_version to a newer one."
        if installed == "docker"
        else "Set docker_engine_source: docker and docker_engine_replace: true to replace it by Docker's own."
    )
    return Refusal("Docker 23.0 or newer", f"Docker {version} is there", way_out)


def _candidate_too_old(installed: DockerFamily | None, wanted: DockerFamily, candidate: str | None) -> Refusal | None:
    if wanted != "distribution" or installed == "distribution" or candidate is None or at_least(candidate, FLOOR):
        return None
    way_out = "Set docker_engine_source: docker."
    return Refusal("Docker 23.0 or newer", f"the distribution offers docker.io {candidate}", way_out)


def _replacement(settings: DockerEngineSettings, platform: Platform, clashes: list[str]) -> Refusal | None:
    """Replacing takes consent, and is refused all the same while somebody would be hit."""
    if not clashes:
        return None
    names = ", ".join(clashes)
    expected = f"{names} removed"
    if platform.containerd_users:
        users = ", ".join(platform.containerd_users)
        return Refusal(expected, f"containerd is in use by {users}", "Keep the Docker that is there, or move these.")
    if platform.docker and platform.running_containers != 0:
        count = platform.running_containers
        observed = "the daemon does not answer" if count is None else f"{count} containers are running"
        return Refusal(expected, observed, "Stop them first, and have the daemon running.")
    if not settings.replace:
        return Refusal(expected, f"{names} installed", "Set docker_engine_replace: true to have them replaced.")
    return None

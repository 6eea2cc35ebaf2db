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
    from gpufleet.finding import FindingClass
    from gpufleet.platform import DockerFamily
    from roles.docker_engine.settings import DockerEngineSettings

Source = Literal["auto", "docker", "distribution"]

DOCKER_PACKAGES = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin")
CLASHES_WITH_DOCKER = ("docker.io", "docker-engine", "containerd", "runc", "podman-docker", "docker-buildx")
"""Installed, each of these keeps Docker's packages out (https://docs.docker.com/engine/install/debian/); docker-buildx
and docker-buildx-plugin hold the same file and declare no conflict (https://github.com/docker/docs/issues/25506)."""
GO_WITH_THEM = ("docker-cli", "docker-doc", "docker-compose", "docker-compose-v2")

CLASHES_WITH_DISTRIBUTION = ("docker-ce", "containerd.io", "docker-buildx-plugin", "podman-docker")
CONTAINERD = frozenset({"containerd", "containerd.io", "runc"})
"""Packages without which nothing else on the host runs containers by containerd."""
GO_WITH_DOCKER = (
    *("docker-ce-cli", "docker-compose-plugin"),
    *("docker-ce-rootless-extras", "docker-model-plugin"),
)
PINNED = {"docker-ce", "docker-ce-cli", "docker.io", "docker-cli"}
"""What `docker_engine_version` speaks of; containerd and the plugins have versions of their own."""
KNOWN = (*DOCKER_PACKAGES, *CLASHES_WITH_DOCKER, *GO_WITH_THEM, *GO_WITH_DOCKER, "iptables")
"""All that is ever asked about."""


@dataclass(frozen=True)
class Refusal:
    """Why a host cannot get the Docker that was declared.

    Attributes:
        expected: what would have been needed.
        observed: what is there.
        way_out: what a person can do.
        kind: the class of that.
        waits_for: the resource whose finding explains it, where it has one.
    """

    expected: str
    observed: str
    way_out: str
    kind: FindingClass = "config"
    waits_for: str | None = None


@dataclass(frozen=True, kw_only=True)
class There:
    """What decides about a host.

    Attributes:
        packages: dpkg's state of `KNOWN`.
        dockerd: path of the daemon's program, None without one.
        daemon_version: what the running daemon answers, None when none does.
        running_containers: None when no daemon answers.
        containerd_users: what uses containerd beside Docker, in words; asked for only where something would go.
    """

    packages: Mapping[str, Package]
    dockerd: str | None = None
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


def clashing(wanted: DockerFamily, packages: Mapping[str, Package]) -> list[str]:
    """The installed packages that the wanted family cannot live beside."""
    clashes = {"docker": CLASHES_WITH_DOCKER, "distribution": CLASHES_WITH_DISTRIBUTION, "other": ()}[wanted]
    return [name for name in clashes if name in packages and packages[name].version]


def objection(settings: DockerEngineSettings, there: There, candidate: str | None) -> Refusal | None:
    """Why this host may not be given the declared Docker, None when it may.

    Args:
        settings: what is declared.
        there: the host.
        candidate: the version of docker.io that apt would install, None when that is not known.
    """
    installed = installed_family(there.packages, there.dockerd)
    wanted = family(settings.source, installed)
    if installed == "other" and wanted != "other":
        return _unpackaged(there, wanted)
    return (
        _too_old(settings, there, installed, wanted)
        or _candidate_too_old(installed, wanted, candidate)
        or _replacement(settings, there, clashing(wanted, there.packages))
        or _unprepared(there)
    )


def can_check(version: str | None) -> bool:
    """Whether a Docker can check a configuration before its daemon gets it.

    Args:
        version: of the Docker that is there; None where it is not known.
    """
    return version is None or at_least(version, FLOOR)


def _unpackaged(there: There, wanted: DockerFamily) -> Refusal:
    way_out = "Remove it, or leave docker_engine_source at auto to keep it."
    return Refusal(f"Docker from the {wanted} packages", f"{there.dockerd} belongs to no package", way_out)


def _too_old(
    settings: DockerEngineSettings, there: There, installed: DockerFamily | None, wanted: DockerFamily
) -> Refusal | None:
    version = there.version
    if not version or installed != wanted or settings.version or at_least(version, FLOOR):
        return None
    way_out = (
        "Set docker_engine_version to a newer one."
        if installed == "docker"
        else "Set docker_engine_source: docker and docker_engine_replace: true to replace it by Docker's own."
    )
    return Refusal("Docker 23.0 or newer", f"Docker {version} is there", way_out, "version")


def _candidate_too_old(installed: DockerFamily | None, wanted: DockerFamily, candidate: str | None) -> Refusal | None:
    if wanted != "distribution" or installed == "distribution" or candidate is None or at_least(candidate, FLOOR):
        return None
    way_out = "Set docker_engine_source: docker."
    return Refusal("Docker 23.0 or newer", f"the distribution offers docker.io {candidate}", way_out, "version")


def _replacement(settings: DockerEngineSettings, there: There, clashes: list[str]) -> Refusal | None:
    """Replacing takes consent, and is refused all the same while somebody would be hit."""
    if not clashes:
        return None
    names = ", ".join(clashes)
    expected = f"{names} removed"
    if there.containerd_users and not CONTAINERD.isdisjoint(clashes):
        return Refusal(expected, f"containerd is in use by {', '.join(there.containerd_users)}", _beside(there))
    if there.dockerd and there.running_containers is None:
        return Refusal(
            expected, "the daemon does not answer", "Have it running.", "unknown", waits_for="docker.service"
        )
    if there.running_containers:
        return Refusal(expected, f"{there.running_containers} containers are running", "Stop them first.")
    if not settings.replace:
        return Refusal(expected, f"{names} installed", "Set docker_engine_replace: true to have them replaced.")
    return None


def _unprepared(there: There) -> Refusal | None:
    """An old daemon cannot be given live-restore first: the upgrade would stop its containers."""
    if can_check(there.version) or not there.running_containers:
        return None
    observed = f"{there.running_containers} run, and Docker {there.version} would stop them for its upgrade"
    return Refusal("no running containers", observed, "Stop them first.")


def _beside(there: There) -> str:
    """How to have Docker without taking containerd away from others."""
    if there.dockerd:
        return "Keep the Docker that is there (docker_engine_source: auto), or move these."
    theirs = "distribution" if "containerd" in clashing("docker", there.packages) else "docker"
    return f"Set docker_engine_source: {theirs}, whose Docker uses the containerd that is there, or move these."

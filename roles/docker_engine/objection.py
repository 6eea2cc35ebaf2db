"""Why a host cannot be given the Docker that was declared. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.apt.versions import at_least
from roles.docker_engine.families import clashing, family, installed_family
from roles.docker_engine.settings import FLOOR

if TYPE_CHECKING:
    from gpufleet.finding import FindingClass
    from gpufleet.platform import DockerFamily
    from roles.docker_engine.families import There
    from roles.docker_engine.settings import DockerEngineSettings

CONTAINERD = frozenset({"containerd", "containerd.io", "runc"})
"""Packages without which nothing else on the host runs containers by containerd."""


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


def objection(settings: DockerEngineSettings, there: There, candidate: str | None) -> Refusal | None:
    """Why this host may not be given the declared Docker, None when it may.

    Args:
        settings: what is declared.
        there: the host.
        candidate: the version of docker.io that apt would install, None when that is not known.
    """
    installed = installed_family(there.packages, there.dockerd)
    wanted = family(settings.source, installed)
    if installed == "other":
        return _others_too_old(there) if wanted == "other" else _others(there, wanted)
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


def _others(there: There, wanted: DockerFamily) -> Refusal:
    """Consent does not reach over a Docker of somebody else's: how it came, and what it brought, is not known here."""
    keep = ", or leave docker_engine_source at auto to keep it" if can_check(there.version) else ""
    observed = f"{there.dockerd} belongs to {_owner(there)}"
    return Refusal(f"Docker from the {wanted} packages", observed, f"{_removal(there)}{keep}.")


def _others_too_old(there: There) -> Refusal | None:
    if can_check(there.version):
        return None
    way_out = f"Upgrade it the way it came. Or: {_removal(there)}, then Docker's own is installed."
    observed = f"Docker {there.version} is there: {there.dockerd}, of {_owner(there)}"
    return Refusal("Docker 23.0 or newer", observed, way_out, "version")


def _owner(there: There) -> str:
    return f"package {there.owner}" if there.owner else "no package"


def _removal(there: There) -> str:
    if there.owner:
        return f"Remove it with `sudo apt-get remove {there.owner}`"
    return "Remove it, with its docker.service and docker.socket"


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

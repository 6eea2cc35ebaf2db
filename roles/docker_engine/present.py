"""What is there of Docker on the current host, asked anew each time: a run may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.facts.server import Which

from gpufleet.facts.apt import AptPackages, Package
from gpufleet.facts.files import FileContent
from gpufleet.operations.apt.keyring import trouble
from gpufleet.operations.apt.packages import package_differences
from roles.docker_engine import engine
from roles.docker_engine.source import KEYRING, SOURCE

if TYPE_CHECKING:
    from gpufleet.platform import DockerFamily


def repository_needed(source: engine.Source, version: str | None, key: str) -> bool:
    """Whether anything is still to be fetched from Docker's repository, by what the current host shows.

    Args:
        source: the declared `docker_engine_source`.
        version: the declared `docker_engine_version`.
        key: the pinned fingerprint.
    """
    if not from_repository(source):
        return False
    versions = {name: version if name in engine.PINNED else None for name in engine.DOCKER_PACKAGES}
    keyring_off = trouble(host.get_fact(FileContent, path=KEYRING), key)
    return bool(keyring_off or any(package_differences(versions, packages())))


def from_repository(source: engine.Source) -> bool:
    """Docker's repository is used here: not by a Docker that is only kept and came as files, without a repository."""
    if family(source) != "docker":
        return False
    if source == "docker" or any(package_differences(dict.fromkeys(engine.DOCKER_PACKAGES), packages())):
        return True
    return any(host.get_fact(FileContent, path=path) is not None for path in (KEYRING, SOURCE))


def family(source: engine.Source) -> DockerFamily:
    """Whose Docker the current host is to have, by what is declared and what is there."""
    dockerd = host.get_fact(Which, command="dockerd")
    return engine.family(source, engine.installed_family(packages(), dockerd))


def packages() -> dict[str, Package]:
    """What dpkg knows of every package that has to do with Docker."""
    found: dict[str, Package] = host.get_fact(AptPackages, packages=list(engine.KNOWN))
    return found

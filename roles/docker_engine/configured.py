"""The role's keys in daemon.json, and Docker's service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyinfra import host
from pyinfra.api import operation

from gpufleet.dockerd.objections import swarm_member
from gpufleet.facts.docker import DockerDaemon
from gpufleet.operations import docker_daemon
from roles.docker_engine.daemon import for_swarm
from roles.docker_engine.families import engine_packages
from roles.docker_engine.present import present

if TYPE_CHECKING:
    from gpufleet.operations.change import Commands
    from roles.docker_engine.families import Source


@operation()
def configuration(keys: dict[str, Any]) -> Commands:
    """Have the declared keys in daemon.json, live-restore left out in swarm mode.

    Args:
        keys: the declared keys.
    """
    yield from configured(keys)


def configured(keys: dict[str, Any]) -> Commands:
    """Have the keys in daemon.json, as a step of other operations too.

    What users declare here goes before what other roles would write: those let go of it.

    Args:
        keys: the declared keys.
    """
    wanted = for_swarm(keys) if swarm_member(host.get_fact(DockerDaemon)) else keys
    yield from docker_daemon.configuration._inner(owner="docker_engine", keys=wanted, outranks=True)  # noqa: SLF001


@operation()
def service(source: Source, distribution: str, release: str) -> Commands:
    """Have Docker's service start at boot and run.

    Args:
        source: the declared `docker_engine_source`.
        distribution: `debian` or `ubuntu`.
        release: its version, `13`.
    """
    names = engine_packages(present().family(source), distribution, release)
    yield from docker_daemon.service._inner(package=names[0] if names else None)  # noqa: SLF001

"""Brings in the hosts of the inventory, whichever way pytest was started, and what several tests ask of Docker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.facts.docker import DockerDaemon
from roles.docker_engine.settings import DockerEngineSettings

if TYPE_CHECKING:
    from testinfra.host import Host

    from gpufleet.dockerd.state import Running
    from gpufleet.verify.fixtures import Settings

pytest_plugins = ["gpufleet.verify.plugin"]


@pytest.fixture(scope="session")
def engine(settings: Settings) -> DockerEngineSettings:
    """What is declared about Docker Engine on this host."""
    return settings(DockerEngineSettings)


@pytest.fixture(scope="session")
def dockerd(host: Host) -> Running:
    """The running daemon. One that was stopped is not asked: a connection to its socket would start it."""
    running: Running | None = host.backend.connection.fact(DockerDaemon).running
    if running is None:
        pytest.fail("dockerd does not run, so this cannot be judged", pytrace=False)
    return running


@pytest.fixture(scope="session")
def docker_info(host: Host, dockerd: Running) -> dict[str, Any]:  # noqa: ARG001 - to be sure that it runs
    """What the daemon says about itself."""
    asked = host.run("docker info --format '{{json .}}'")
    answer: dict[str, Any] = json.loads(asked.stdout) if asked.succeeded else {}
    if not answer.get("ServerVersion"):
        pytest.fail(f"the daemon does not answer: {asked.stderr or answer.get('ServerErrors')}", pytrace=False)
    return answer

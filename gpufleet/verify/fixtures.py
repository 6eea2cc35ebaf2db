"""What a test of a host can ask for: the host itself, what is declared about it, and what kind of machine it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import testinfra

from gpufleet import settings as role_settings
from gpufleet.dockerd.state import Running
from gpufleet.facts.access import AccessFacts
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.platform import PlatformFacts
from gpufleet.verify import container
from gpufleet.verify.reporting import NOTE
from gpufleet.verify.throwaway import Throwaway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gpufleet.platform import Access, Platform
    from gpufleet.settings import Model


class Settings(Protocol):
    """Builds a role's settings for the host under test: `settings(DockerEngineSettings)`."""

    def __call__(self, model: type[Model]) -> Model:
        """The settings, defaults filled in; SettingsError when a value cannot be used."""


class Inside(Protocol):
    """Looks into a container of the host under test: `inside("python_sandbox").file("/app")`."""

    def __call__(self, name: str, user: str | None = None) -> testinfra.host.Host:
        """The view from inside; ContainerError when the container is not there or does not run."""


@pytest.fixture(scope="session")
def host(request: pytest.FixtureRequest) -> testinfra.host.Host:
    """The host under test, as testinfra sees it; its commands run as root."""
    return testinfra.get_host(request.param, connection="pyinfra")


@pytest.fixture(scope="session")
def data(host: testinfra.host.Host) -> Mapping[str, Any]:
    """Everything that the inventory and group data say about the host, flat, with pyinfra's precedence."""
    values: Mapping[str, Any] = host.backend.connection.host.data.dict()
    return values


@pytest.fixture(scope="session")
def settings(data: Mapping[str, Any]) -> Settings:
    """What is declared for this host, role by role. Expected values come from nowhere else."""
    return lambda model: role_settings.load(model, data)


@pytest.fixture(scope="session")
def platform(host: testinfra.host.Host) -> Platform:
    """What the host is, read as the role `platform` reads it."""
    answer: Platform = host.backend.connection.fact(PlatformFacts)
    return answer


@pytest.fixture(scope="session")
def access(host: testinfra.host.Host) -> Access:
    """Who connects to the host, before becoming root."""
    answer: Access = host.backend.connection.fact(AccessFacts, as_root=False)
    return answer


@pytest.fixture(scope="session")
def dockerd(host: testinfra.host.Host, platform: Platform) -> Running:
    """The running daemon. One that was stopped is not asked: a connection to its socket would start it."""
    if platform.docker and platform.docker.desktop and platform.docker.daemon_version:
        return Running(pid=0, identity="Docker Desktop", started=0.0, info={})  # in another WSL distribution
    running: Running | None = host.backend.connection.fact(DockerDaemon).running
    if running is None:
        pytest.fail("dockerd does not run, so this cannot be judged", pytrace=False)
    return running


@pytest.fixture(scope="session")
def docker_info(host: testinfra.host.Host, dockerd: Running) -> dict[str, Any]:  # noqa: ARG001 - to be sure that it runs
    """What the daemon says about itself."""
    asked = host.run("docker info --format '{{json .}}'")
    answer: dict[str, Any] = json.loads(asked.stdout) if asked.succeeded else {}
    if not answer.get("ServerVersion"):
        pytest.fail(f"the daemon does not answer: {asked.stderr or answer.get('ServerErrors')}", pytrace=False)
    return answer


@pytest.fixture(scope="session")
def inside(host: testinfra.host.Host, dockerd: Running) -> Inside:  # noqa: ARG001 - to be sure that it runs
    """The host's containers, seen from inside."""
    return lambda name, user=None: container.inside(host, name, user)


@pytest.fixture(scope="session")
def throwaway(host: testinfra.host.Host, dockerd: Running) -> Iterator[Throwaway]:  # noqa: ARG001 - see above
    """Runs commands in fresh containers; none is left when the tests of this host end."""
    with Throwaway(host).there() as containers:
        yield containers


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says a sentence about the host in the summary, and in a JUnit file."""
    return lambda sentence: record_property(NOTE, sentence)

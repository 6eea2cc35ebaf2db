"""What a test of a host can ask for: the host itself, what is declared about it, and what kind of machine it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import testinfra

from gpufleet import settings as role_settings
from gpufleet.facts.platform import PlatformFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gpufleet.platform import Platform
    from gpufleet.settings import Model


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
def settings(data: Mapping[str, Any]) -> Callable[[type[Model]], Model]:
    """A role's settings for this host: `settings(DockerEngineSettings)`. Expected values come from nowhere else."""
    return lambda model: role_settings.load(model, data)


@pytest.fixture(scope="session")
def platform(host: testinfra.host.Host) -> Platform:
    """What the host is, read as the role `platform` reads it."""
    answer: Platform = host.backend.connection.fact(PlatformFacts)
    return answer

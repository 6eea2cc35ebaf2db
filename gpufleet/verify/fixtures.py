"""What a test of a host can ask for: the host itself, what is declared about it, and what kind of machine it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest
import testinfra

from gpufleet import settings as role_settings
from gpufleet.facts.platform import PlatformFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.platform import Platform
    from gpufleet.settings import Model


class Settings(Protocol):
    """Builds a role's settings for the host under test: `settings(DockerEngineSettings)`."""

    def __call__(self, model: type[Model]) -> Model:
        """The settings, defaults filled in; SettingsError when a value cannot be used."""


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

"""Brings in the hosts of the inventory, whichever way pytest was started, and what several tests ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roles.docker_engine.settings import DockerEngineSettings

if TYPE_CHECKING:
    from gpufleet.verify.fixtures import Settings

pytest_plugins = ["gpufleet.verify.plugin"]


@pytest.fixture(scope="session")
def engine(settings: Settings) -> DockerEngineSettings:
    """What is declared about Docker Engine on this host."""
    return settings(DockerEngineSettings)

"""What a host without a network wants of a bundle for Docker Engine. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.bundle.wanted import Repository, Wanted
from gpufleet.settings import load
from roles.docker_engine.families import engine_packages, family, installed_family, pinned
from roles.docker_engine.settings import DockerEngineSettings
from roles.docker_engine.source import KEYRING, key_url, source_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.bundle.gather_choice import Choice
    from gpufleet.bundle.wanted import Target


def wanted(data: Mapping[str, object], target: Target, options: Choice) -> Wanted:
    """Packages of the family that a host gets, and Docker's repository where they come from it.

    Without a host's own dpkg status that is the family of a bare one.

    Args:
        data: the host's variables.
        target: the kind of host.
        options: what the command line says.

    Raises:
        SettingsError: the variables cannot be used.
    """
    settings = load(DockerEngineSettings, data)
    whose = family(settings.source, installed_family(options.packages, None))
    packages = pinned(engine_packages(whose, target.distribution, target.version), settings.version)
    packages |= dict.fromkeys(settings.packages)
    if settings.certificate_authorities:
        packages["ca-certificates"] = None  # holds update-ca-certificates
    if whose != "docker":
        return Wanted(packages)
    repository = Repository(
        name="docker",
        source=source_text(settings.repository, target),
        keyring=KEYRING,
        key_url=key_url(settings.repository, target.distribution),
        fingerprint=settings.key_fingerprint,
    )
    return Wanted(packages, (repository,))

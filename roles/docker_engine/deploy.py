"""The role docker_engine: Docker exactly as declared, and left alone once it is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.operations.apt.conffile import purged
from gpufleet.operations.apt.packages import packages
from gpufleet.operations.authorities import authorities
from gpufleet.operations.docker_daemon import loaded
from gpufleet.operations.reachable import reachable
from gpufleet.operations.users import group_member, no_former_members
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.docker_engine import configured, installed, repository
from roles.docker_engine.acceptable import acceptable
from roles.docker_engine.daemon import declared_keys
from roles.docker_engine.iptables import suited
from roles.docker_engine.present import repository_needed
from roles.docker_engine.settings import DockerEngineSettings
from roles.docker_engine.source import Origin, key_url, source_text

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.platform import Platform


@deploy("Docker Engine")
def docker_engine(platform: Platform) -> None:
    """Install, configure and start Docker Engine on the current host.

    Args:
        platform: what the host is.
    """
    if platform.desktop:
        return  # the role platform says so, and why
    settings = load(DockerEngineSettings, host.data.dict())
    bundle = load(BundleSettings, host.data.dict()).bundle
    acceptable(name="Make sure that the Docker that is there can be kept or replaced", settings=settings, bundle=bundle)
    _install(settings, platform, bundle)
    if platform.wsl:
        suited(name="Have an iptables that the kernel serves")
    configured.configuration(name="Configure the daemon", keys=declared_keys(settings))
    configured.service(
        name="Have the daemon start at boot and run",
        source=settings.source,
        distribution=platform.distribution,
        release=platform.version,
    )
    loaded(name="Have the daemon run with its configuration")
    for user in settings.users:
        group_member(name=f"Let {user} use Docker", user=user, group="docker")
    no_former_members(
        name="Let nobody use Docker any more who is no longer declared", group="docker", declared=settings.users
    )


def _install(settings: DockerEngineSettings, platform: Platform, bundle: Bundle | None) -> None:
    origin = Origin(settings.source, settings.version, settings.repository)
    url = key_url(settings.repository, platform.distribution)
    if bundle is None:
        reachable(
            name="Make sure that Docker's repository can be reached",
            url=url,
            settings=["docker_engine_repository"],
            needed=partial(repository_needed, origin, settings.key_fingerprint),
        )
    certificates = {Path(path).stem: Path(path).read_bytes() for path in settings.certificate_authorities}
    repository.one_source(name="Remove other entries for Docker's repository", origin=origin)
    repository.prerequisites(
        name="Install certificate authorities", origin=origin, authorities=bool(certificates), bundle=bundle
    )
    authorities(name="Trust the declared certificate authorities", certificates=certificates)
    key = settings.key_fingerprint
    repository.keyring(name="Install Docker's key", origin=origin, url=url, key=key, bundle=bundle)
    text = source_text(settings.repository, platform, enabled=bundle is None)
    repository.added(name="Add Docker's repository", origin=origin, text=text)
    repository.key_not_global(name="Trust Docker's key for Docker's repository only", origin=origin, key=key)
    installed.packages(
        name="Install Docker's packages",
        source=settings.source,
        version=settings.version,
        distribution=platform.distribution,
        release=platform.version,
        keys=declared_keys(settings),
        bundle=bundle,
    )
    purged(name="Have nothing left of Podman's docker command", packages=[installed.SHIM])
    if settings.packages:
        packages(name="Install what is to be beside Docker", versions=dict.fromkeys(settings.packages), bundle=bundle)

"""Docker's keyring, source and packages, for the family that a host is to have.

Whose Docker that is depends on what is there, which a run may change; so each operation asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation
from pyinfra.facts.server import Which

from gpufleet.facts.apt import AptCandidates, AptPackages
from gpufleet.facts.platform import PlatformFacts
from gpufleet.operations.apt import keyring as apt_keyring
from gpufleet.operations.apt import packages as apt_packages
from gpufleet.operations.apt import source as apt_source
from gpufleet.operations.change import Commands, refuse
from gpufleet.operations.scripts import run
from roles.docker_engine import engine
from roles.docker_engine.source import KEYRING, SOURCE, key_url, source_text

if TYPE_CHECKING:
    from gpufleet.facts.apt import Package
    from gpufleet.platform import Platform
    from roles.docker_engine.settings import DockerEngineSettings


@operation()
def acceptable(settings: DockerEngineSettings) -> Commands:
    """Refuse a host whose Docker can neither be kept nor be replaced, before anything changes.

    Args:
        settings: what is declared.
    """
    if _family(settings) == "distribution" and not host.get_fact(AptCandidates, packages=["docker.io"]):
        # Whether the distribution's Docker is new enough can't be told from lists that were never fetched.
        yield run("apt.sh", "apt-update.sh")
    candidate = host.get_fact(AptCandidates, packages=["docker.io"]).get("docker.io")
    platform = host.get_fact(PlatformFacts)
    found = engine.objection(settings, platform, _packages(), candidate)
    if found is None:
        host.noop("the Docker that is there, or its absence, is no obstacle")
        return
    yield from refuse("Docker Engine", expected=found.expected, observed=found.observed, way_out=found.way_out)


@operation()
def keyring(settings: DockerEngineSettings, platform: Platform) -> Commands:
    """Have Docker's key in its keyring, where Docker comes from Docker's repository.

    Args:
        settings: what is declared.
        platform: what the host is.
    """
    if _family(settings) != "docker":
        host.noop("Docker does not come from Docker's repository here")
        return
    url = key_url(settings.repository, platform.distribution)
    yield from apt_keyring.keyring._inner(path=KEYRING, url=url, key=settings.key_fingerprint)  # noqa: SLF001


@operation()
def source(settings: DockerEngineSettings, platform: Platform) -> Commands:
    """Have Docker's repository as a source, once, where Docker comes from it.

    Args:
        settings: what is declared.
        platform: what the host is.
    """
    if _family(settings) != "docker":
        host.noop("Docker does not come from Docker's repository here")
        return
    text = source_text(settings.repository, platform)
    yield from apt_source.source._inner(path=SOURCE, text=text, repository=settings.repository)  # noqa: SLF001


@operation()
def packages(settings: DockerEngineSettings, platform: Platform) -> Commands:
    """Have the packages of the family, at the declared version.

    Args:
        settings: what is declared.
        platform: what the host is.
    """
    family = _family(settings)
    names = engine.engine_packages(family, platform.distribution, platform.version)
    if not names:
        host.noop("the Docker that is there belongs to no package and is kept as it is")
        return
    clashes = engine.clashing(family, _packages())
    company = engine.GO_WITH_THEM if family == "docker" else engine.GO_WITH_DOCKER
    pins = {name: settings.version if name in engine.PINNED else None for name in names}
    yield from apt_packages.packages._inner(versions=pins, remove=clashes, may_go=company)  # noqa: SLF001


def _family(settings: DockerEngineSettings) -> engine.Family:
    dockerd = host.get_fact(Which, command="dockerd")
    return engine.family(settings, engine.installed_family(_packages(), dockerd))


def _packages() -> dict[str, Package]:
    found: dict[str, Package] = host.get_fact(AptPackages, packages=list(engine.KNOWN))
    return found

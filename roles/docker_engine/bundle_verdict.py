"""What a bundle has against a host that is to have Docker's packages out of it, before anything changes there.

Docker's are the first packages that a host gets. Whatever is wrong with another package of the bundle, or with a
vendor's key, is said then too: else it would be found between Docker and the toolkit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.bundle.manifest import Manifest
from gpufleet.facts.apt import AptPackages
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.together import together
from gpufleet.operations.apt.packages import package_differences
from gpufleet.operations.bundle import manifest_of
from gpufleet.operations.bundle_parts import damaged
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.docker_engine.families import KNOWN, PINNED, engine_packages, family, installed_family
from roles.docker_engine.settings import DockerEngineSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.finding import Difference
    from gpufleet.platform import Platform


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """That a part of the bundle cannot be used. Nothing is read of the bundle where Docker is there as declared.

    Args:
        platform: what the host is.
        data: its variables.
    """
    bundle, root = load(BundleSettings, data).bundle, escalation()
    if bundle is None or platform.desktop or not _lacks_packages(platform, data, **root):
        return
    manifest = manifest_of(bundle, **root)
    if not isinstance(manifest, Manifest):
        yield manifest.refusal
        return
    files = [*(each.file for each in manifest.packages), *(each.file for each in manifest.keys)]
    if objection := damaged(bundle, manifest, files, **root):
        yield objection.refusal


def _lacks_packages(platform: Platform, data: Mapping[str, object], **root: Unpack[Root]) -> bool:
    settings = load(DockerEngineSettings, data)
    with together():
        packages = host.get_fact(AptPackages, packages=list(KNOWN), **root)
        docker = host.get_fact(DockerDaemon, **root)
    whose = family(settings.source, installed_family(packages, docker.program))
    names = engine_packages(whose, platform.distribution, platform.version)
    pins = {name: settings.version if name in PINNED else None for name in names}
    return any(package_differences(pins, packages))


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:  # noqa: ARG001 - every role's own
    """Nothing."""
    yield from ()

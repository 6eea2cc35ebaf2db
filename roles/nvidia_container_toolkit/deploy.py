"""The role nvidia_container_toolkit: what gives containers GPUs, as declared, and left alone once it is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.operations import cdi, units
from gpufleet.operations.apt.conffile import disowned
from gpufleet.operations.apt.global_keys import not_global
from gpufleet.operations.apt.keyring import keyring
from gpufleet.operations.docker_daemon import loaded
from gpufleet.operations.files import whole_file
from gpufleet.operations.reachable import reachable
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.nvidia_container_toolkit import configured, installed, repository
from roles.nvidia_container_toolkit.containerd import containerd_runtime
from roles.nvidia_container_toolkit.packages import FORMER_PACKAGES, PROGRAMS
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.nvidia_container_toolkit.source import FORMER, KEYRING, SOURCE, key_url, source_text
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.platform import Platform

UNIT = "gpufleet-cdi.service"
SCRIPT = "/usr/local/lib/gpufleet/gpufleet-cdi.sh"
"""What the unit runs."""
FILES = Path(__file__).resolve().parents[2] / "files" / "systemd"


@deploy("NVIDIA Container Toolkit")
def clean_sources(platform: Platform) -> None:
    """Clear apt of entries that it could stumble over. To run before any role asks apt for anything.

    Args:
        platform: what the host is.
    """
    settings = _settings(platform)
    if settings:
        text = source_text(settings.repository, platform.architecture, enabled=_bundle() is None)
        repository.one_source(
            name="Remove other entries for NVIDIA's repository",
            repository=settings.repository,
            text=text,
            key=settings.key_fingerprint,
        )


@deploy("NVIDIA Container Toolkit")
def nvidia_container_toolkit(platform: Platform) -> None:
    """Install the toolkit and let Docker give GPUs to containers, where GPUs are wanted at all.

    Docker is there already, and `clean_sources` has run.

    Args:
        platform: what the host is.
    """
    settings = _settings(platform)
    if settings is None:
        return
    _install(settings, platform)
    configured.configuration(name="Configure Docker's runtime for GPUs", settings=settings)
    if settings.cdi:
        cdi.specification(name="Describe the GPUs for CDI", package=PROGRAMS)
    _at_boot(platform, wanted=settings.cdi)
    if not settings.cdi:
        cdi.absent(name="Do not describe the GPUs for CDI", script=SCRIPT)
    loaded(name="Have Docker's daemon run with it", again=True)
    containerd_runtime(settings)


def _settings(platform: Platform) -> NvidiaContainerToolkitSettings | None:
    """What is declared; None where no GPU is wanted, and where Docker Desktop brings a toolkit of its own."""
    data = host.data.dict()
    if load(PlatformSettings, data).gpu == "none" or platform.desktop:
        return None
    return load(NvidiaContainerToolkitSettings, data)


def _bundle() -> Bundle | None:
    """What packages and the key come from; None where they come from the network."""
    return load(BundleSettings, host.data.dict()).bundle


def _install(settings: NvidiaContainerToolkitSettings, platform: Platform) -> None:
    url, key, bundle, version = key_url(settings.repository), settings.key_fingerprint, _bundle(), settings.version
    if bundle is None:
        reachable(
            name="Make sure that NVIDIA's repository can be reached",
            url=url,
            settings=["nvidia_container_toolkit_repository"],
            needed=partial(repository.repository_needed, version, key),
        )
        repository.prerequisites(name="Install certificate authorities")
    keyring(name="Install NVIDIA's key", path=KEYRING, url=url, key=key, bundle=bundle)
    text = source_text(settings.repository, platform.architecture, enabled=bundle is None)
    whole_file(name="Add NVIDIA's repository", path=SOURCE, text=text)
    installed.programs_remembered(name="Remember the programs for GPUs that dockerd has found", version=version)
    installed.packages(name="Install the toolkit's packages", version=version, bundle=bundle)
    disowned(
        name="Keep daemon.json from what removed packages would purge",
        path=DAEMON_JSON,
        packages=FORMER_PACKAGES,
    )
    not_global(
        name="Trust NVIDIA's key for NVIDIA's repository only", key=key, repositories=[settings.repository, *FORMER]
    )


def _at_boot(platform: Platform, *, wanted: bool) -> None:
    """Docker looks for the specification as it starts its containers, and /run is empty after a boot.

    The script is run by its unit, or by what WSL runs when it starts the distribution.
    """
    by_command = load(PlatformSettings, host.data.dict()).starts_by_command(platform)
    if wanted and (platform.systemd or by_command):
        script = (FILES / "gpufleet-cdi.sh").read_text(encoding="utf-8")
        whole_file(name="Install what describes the GPUs at boot", path=SCRIPT, text=script, mode="755")
    if wanted and platform.systemd:
        unit = (FILES / UNIT).read_text(encoding="utf-8")
        units.at_boot(name="Describe the GPUs at boot, before Docker starts", unit=UNIT, text=unit)
    elif platform.systemd:
        units.absent(name="Do not describe the GPUs at boot", unit=UNIT)

"""What the role has to say about a host before anything changes there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.apt.versions import at_least
from gpufleet.finding import Difference
from gpufleet.settings import load
from roles.docker_engine.settings import DockerEngineSettings
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.platform import Platform

WSL_FLOOR = (1, 19, 1)
"""The first version whose CDI specifications are refreshed on WSL (NVIDIA/nvidia-container-toolkit, #1782)."""


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """Why this host cannot have the toolkit as declared.

    Args:
        platform: what the host is.
        data: its variables.
    """
    if _stands_back(platform, load(PlatformSettings, data)):
        return
    settings = load(NvidiaContainerToolkitSettings, data)
    if platform.wsl and not at_least(settings.version, WSL_FLOOR):
        yield Difference(
            kind="config",
            refused=True,
            resource="NVIDIA Container Toolkit",
            expected="1.19.1 or newer on WSL",
            observed=f"nvidia_container_toolkit_version: {settings.version}",
            remedy="Declare a newer version for this host.",
        )
    daemon = load(DockerEngineSettings, data).daemon
    declared = daemon.get("default-runtime", "nvidia")
    if settings.default_runtime and declared != "nvidia":
        yield Difference(
            kind="config",
            refused=True,
            resource="Docker's default runtime",
            expected="declared once",
            observed=f"nvidia_container_toolkit_default_runtime: true, docker_engine_daemon says {declared}",
            remedy="Leave one of the two out.",
        )
    features = daemon.get("features")
    if settings.cdi and isinstance(features, dict) and features.get("cdi") is False:
        yield Difference(
            kind="config",
            refused=True,
            resource="CDI in Docker",
            expected="declared once",
            observed="nvidia_container_toolkit_cdi: true, docker_engine_daemon says features.cdi: false",
            remedy="Declare nvidia_container_toolkit_cdi: false, or leave features.cdi out.",
        )


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:
    """What a person should know of a host that can have it."""
    settings, of_host = load(NvidiaContainerToolkitSettings, data), load(PlatformSettings, data)
    if why := _stands_back(platform, of_host):
        asked = {"default_runtime": settings.default_runtime, "containerd": settings.containerd}
        for name in (name for name, wanted in asked.items() if wanted):
            yield f"nvidia_container_toolkit_{name}: true says nothing here: {why}"
    elif settings.cdi and not (platform.systemd or of_host.starts_by_command(platform)):
        yield (
            "no systemd: nothing writes the CDI specification after a boot, since /run is empty then; apply again, or "
            "run `nvidia-ctk cdi generate --output=/var/run/cdi/nvidia.yaml`"
        )


def _stands_back(platform: Platform, of_host: PlatformSettings) -> str | None:
    """Why the role does nothing on a host, None where it does."""
    if of_host.gpu == "none":
        return "platform_gpu is none"
    return "Docker Desktop brings a toolkit of its own" if platform.desktop else None

"""What a person should know about a host that can be provisioned all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roles.platform.driver import failed
from roles.platform.gpu import no_gpu, way_to_a_gpu
from roles.platform.support import untested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.platform import Platform
    from roles.platform.settings import PlatformSettings


def notices(platform: Platform, settings: PlatformSettings) -> Iterator[str]:
    """Sentences for a person; none of them changes what is done or the exit code."""
    unknown = untested(platform)
    if unknown:
        yield f"gpufleet is untested on {' and '.join(unknown)}"
    if settings.gpu == "auto" and not platform.gpus and not failed(platform):
        yield f"GPU: {no_gpu(platform)}. {way_to_a_gpu(platform)} Or set platform_gpu: none, to hear no more of it."
    free = platform.docker_root_free_bytes
    if platform.docker and free is not None and free < settings.minimum_free_gb * 1e9:
        yield f"{platform.docker_root}: {free / 1e9:.1f} GB free, less than {settings.minimum_free_gb:g} GB"
    if platform.desktop:
        yield (
            "Docker Desktop serves this distribution: the roles docker_engine and nvidia_container_toolkit step aside, "
            "since daemon, daemon.json and GPU support are Docker Desktop's own, under Settings in Windows. Image and "
            "sandboxes are made as declared"
        )
    elif platform.wsl and not (platform.systemd or platform.systemd_on) and settings.wsl_boot == "none":
        yield (
            "WSL without systemd: nothing starts Docker with the distribution (platform_wsl_boot: none). Start it with "
            "`sudo service docker start`, or set platform_wsl_boot to command or systemd"
        )

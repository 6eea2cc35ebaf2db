"""Judgement about GPUs and their driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.finding import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.platform import Platform
    from roles.platform.settings import PlatformSettings

_WSL_HINT = (
    "In Windows install NVIDIA's driver, run `wsl --update` and `wsl --shutdown`; /etc/wsl.conf must not say "
    "`enabled=false` under [gpu]."
)


def gpu_refusals(platform: Platform, settings: PlatformSettings) -> Iterator[Difference]:
    """What about GPU and driver keeps the host from being provisioned."""
    yield from _linux_driver_in_wsl(platform)
    if settings.gpu == "none":
        return
    if settings.gpu == "required" and not platform.gpus:
        yield Difference(
            kind="runtime",
            refused=True,
            resource="GPU",
            expected="an NVIDIA GPU (platform_gpu: required)",
            observed=no_gpu(platform),
            remedy=f"{way_to_a_gpu(platform)} Or set platform_gpu: auto, to go on without.",
        )
    yield from _old_driver(platform, settings.driver_floor)


def no_gpu(platform: Platform) -> str:
    """Why no GPU is seen on this host, in words."""
    if not platform.gpu_device:
        return "none: Windows gives this distribution no GPU, there is no /dev/dxg"
    if platform.gpu_error:
        return f"none: {platform.nvidia_smi} says: {platform.gpu_error}"
    if platform.nvidia_devices:
        return f"NVIDIA devices on the PCI bus ({platform.nvidia_devices}), but no nvidia-smi: no driver is installed"
    return "none: there is no nvidia-smi"


def way_to_a_gpu(platform: Platform) -> str:
    """What a person can do to make a GPU visible on this host."""
    if platform.wsl:
        return _WSL_HINT
    if platform.gpu_error:
        return "Mend or update the NVIDIA driver; a reboot helps where library and kernel module differ in version."
    return "Install the NVIDIA driver."


def _linux_driver_in_wsl(platform: Platform) -> Iterator[Difference]:
    found = list(platform.driver_packages) or ([platform.foreign_libcuda] if platform.foreign_libcuda else [])
    if not platform.wsl or not found:
        return
    packages = " ".join(platform.driver_packages)
    yield Difference(
        kind="config",
        refused=True,
        resource="NVIDIA driver",
        expected="Windows' driver only, which WSL brings in at /usr/lib/wsl/lib",
        observed=f"a Linux driver inside WSL: {', '.join(found)}",
        remedy=f"Remove it with `sudo apt-get purge {packages}`, then run `wsl --shutdown` in Windows."
        if packages
        else "Uninstall it (`sudo nvidia-uninstall`), then run `wsl --shutdown` in Windows.",
    )


def _old_driver(platform: Platform, floor: str) -> Iterator[Difference]:
    versions = {gpu.driver_version for gpu in platform.gpus}
    for version in sorted(version for version in versions if _numbers(version) < _numbers(floor)):
        yield Difference(
            kind="version",
            refused=True,
            resource="NVIDIA driver",
            expected=f"{floor} or newer",
            observed=version,
            remedy="Update the NVIDIA driver in Windows."
            if platform.wsl
            else "Update the NVIDIA driver, or lower platform_driver_floor.",
        )


def _numbers(version: str) -> tuple[int, ...]:
    """Driver versions are numbers between dots: `580.159.04` is newer than `580.82`."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))

"""What keeps a host from having its image, and what a person should know about the choice of CUDA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.finding import Difference
from gpufleet.settings import load
from roles.cuda_image.major import DRIVERS, obstacle
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.platform import Platform


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """GPUs whose driver or compute capability the declared CUDA does not fit.

    Args:
        platform: the host.
        data: its variables.
    """
    settings = load(CudaImageSettings, data)
    if load(PlatformSettings, data).gpu == "none" or not platform.gpus:
        return
    major = 12 if settings.cuda == "auto" else settings.cuda
    why = obstacle(major, platform.gpus)
    if why is None:
        return
    lower = "" if settings.cuda != 13 or obstacle(12, platform.gpus) else ", or set cuda_image_cuda: 12"  # noqa: PLR2004
    where = " in Windows" if platform.wsl else ""
    yield Difference(
        kind="refused",
        resource="CUDA",
        expected=f"GPUs that CUDA {major} supports",
        observed=why,
        remedy=f"Install NVIDIA driver {DRIVERS[major]} or newer{where}{lower}."
        if "driver" in why
        else f"Set cuda_image_cuda: 12{', or auto' if settings.cuda == 13 else ''}.",  # noqa: PLR2004
    )


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:
    """Why there is no image, or one with the older CUDA although the driver is new enough.

    Args:
        platform: the host.
        data: its variables.
    """
    wanted = load(PlatformSettings, data).gpu
    if load(CudaImageSettings, data).cuda != "auto" or wanted == "none":
        return
    if not platform.gpus:
        yield (
            "CUDA image: none is built while no GPU is seen. Install the NVIDIA driver, or set cuda_image_cuda: 12 or "
            "13 to build one all the same."
        )
    elif (why := obstacle(13, platform.gpus)) and "driver" not in why.partition(",")[0]:
        yield f"CUDA image: CUDA 12, since {why}."

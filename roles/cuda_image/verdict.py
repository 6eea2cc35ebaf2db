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
    if found := obstacle(major, platform.gpus):
        yield Difference(
            kind="config",
            refused=True,
            resource="CUDA",
            expected=f"GPUs that CUDA {major} supports",
            observed=found.why,
            remedy=_way_out(major, found.what, platform),
        )


def _way_out(major: int, what: str, platform: Platform) -> str:
    if what == "GPU":
        return "Set cuda_image_cuda: 12 or auto."
    where = " in Windows" if platform.wsl else ""
    older = "" if obstacle(12, platform.gpus) else ", or set cuda_image_cuda: 12"
    return f"Install NVIDIA driver {DRIVERS[major]} or newer{where}{older}."


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
    elif (found := obstacle(13, platform.gpus)) and found.what == "GPU":
        yield f"CUDA image: CUDA 12, since {found.why}."

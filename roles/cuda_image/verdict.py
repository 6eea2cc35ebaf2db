"""What keeps a host from having its images, and what a person should know about the choice of CUDA."""

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

OWN = "cuda_image_cuda"
"""The variable that declares the CUDA of the role's own image."""


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """GPUs whose driver or compute capability the declared CUDA does not fit.

    Args:
        platform: the host.
        data: its variables.
    """
    settings = load(CudaImageSettings, data)
    if load(PlatformSettings, data).gpu == "none" or not platform.gpus:
        return
    asked = {settings.variable(name, "cuda"): settings.image(name).cuda for name in (None, *settings.more)}
    for variable, cuda in asked.items():
        major = 12 if cuda == "auto" else cuda
        if found := obstacle(major, platform.gpus):
            yield Difference(
                kind="config",
                refused=True,
                resource="CUDA" if variable == OWN else f"CUDA of {variable.removesuffix('.cuda')}",
                expected=f"GPUs that CUDA {major} supports",
                observed=found.why,
                remedy=_way_out(variable, major, found.what, platform),
            )


def _way_out(variable: str, major: int, what: str, platform: Platform) -> str:
    if what == "GPU":
        return f"Set {variable}: 12 or auto."
    where = " in Windows" if platform.wsl else ""
    older = "" if obstacle(12, platform.gpus) else f", or set {variable}: 12"
    return f"Install NVIDIA driver {DRIVERS[major]} or newer{where}{older}."


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:
    """Why there is no image, or one with the older CUDA although the driver is new enough.

    Args:
        platform: the host.
        data: its variables.
    """
    settings = load(CudaImageSettings, data)
    names = (None, *settings.more)
    left_open = [name for name in names if settings.image(name).cuda == "auto"]
    if not left_open or load(PlatformSettings, data).gpu == "none":
        return
    if not platform.gpus:
        variables = " and ".join(dict.fromkeys(settings.variable(name, "cuda") for name in left_open))
        which = ", ".join(name or "the one without a name" for name in left_open)
        which = "none is built" if len(left_open) == len(names) else f"not built: {which},"
        yield (
            f"CUDA image: {which} while no GPU is seen. Install the NVIDIA driver, or set {variables}: 12 or 13 to "
            "build one all the same."
        )
    elif None in left_open and (found := obstacle(13, platform.gpus)) and found.what == "GPU":
        yield f"CUDA image: CUDA 12, since {found.why}."

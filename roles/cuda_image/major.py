"""Which CUDA major a host gets, and why. Pure.

CUDA 12 needs driver 525, CUDA 13 driver 580 (https://docs.nvidia.com/deploy/cuda-compatibility/) and compute
capability 7.5: "GPU compute capability 7.0 is not supported (requires >=7.5)", say its packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from gpufleet.facts.files import FileState
from gpufleet.images.present import remembered_major

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.facts.answer import Unreadable
    from gpufleet.platform import Gpu

DRIVERS = {12: 525, 13: 580}
"""The oldest driver branch for each CUDA major."""
CAPABILITIES: dict[int, tuple[int, ...]] = {12: (), 13: (7, 5)}
"""The oldest compute capability that each compiles for. CUDA 12 takes all that drivers from 525 on still serve."""


class Obstacle(NamedTuple):
    """Why a host's GPUs cannot work with a CUDA major.

    Attributes:
        what: `driver`, which can be updated, or `GPU`, which cannot.
        why: the reason, in words.
    """

    what: Literal["driver", "GPU"]
    why: str


@dataclass(frozen=True)
class Choice:
    """A CUDA major.

    Attributes:
        major: 12 or 13; None where no image is wanted.
        why: the reason, in words.
    """

    major: Literal[12, 13] | None
    why: str


def choose(
    declared: Literal["auto", 12, 13],
    gpus: Sequence[Gpu],
    wanted: Literal["auto", "required", "none"],
    in_use: Sequence[int] | None,
) -> Choice:
    """The CUDA major for a host whose GPUs can work with CUDA at all (`obstacle`).

    Args:
        declared: the setting.
        gpus: those of the host.
        wanted: what platform_gpu says about GPUs.
        in_use: majors that the host works with, the first one counts most; None where Docker cannot be asked.
    """
    if declared != "auto":
        return Choice(declared, "cuda_image_cuda says so")
    if wanted == "none" or not gpus:
        return Choice(None, "platform_gpu is none" if wanted == "none" else "no GPU is seen")
    if found := obstacle(13, gpus):
        return Choice(12, found.why)
    if in_use is None:
        return Choice(12, "Docker cannot be asked which CUDA the host works with")
    if in_use and in_use[0] == 12:  # noqa: PLR2004 - CUDA 12
        return Choice(12, "the host works with CUDA 12; cuda_image_cuda: 13 moves it")
    return Choice(13, "every GPU has driver 580 and compute capability 7.5, or newer ones")


def in_use_without_docker(remembered: FileState | Unreadable | None) -> list[int] | None:
    """The majors that a host works with whose Docker cannot be asked; None where nothing can be told.

    Args:
        remembered: the file that names the image that was declared last; None where none ever was.
    """
    if remembered is None:
        return []
    text = remembered.content.decode(errors="replace") if isinstance(remembered, FileState) else ""
    major = remembered_major(text)
    return [major] if major else None


def obstacle(major: int, gpus: Sequence[Gpu]) -> Obstacle | None:
    """What keeps the GPUs of a host from working with a CUDA major; None where nothing does."""
    for gpu in gpus:
        if driver_branch(gpu) < DRIVERS[major]:
            why = f"CUDA {major} needs driver {DRIVERS[major]}, {gpu.name} has {gpu.driver_version}"
            return Obstacle("driver", why)
    for gpu in gpus:
        if capability(gpu) < CAPABILITIES[major]:
            seen = gpu.compute_capability or "one that its driver does not tell"
            needed = ".".join(map(str, CAPABILITIES[major]))
            return Obstacle("GPU", f"CUDA {major} needs compute capability {needed}, {gpu.name} has {seen}")
    return None


def driver_branch(gpu: Gpu) -> int:
    """580 for driver 580.159.04; 0 where it cannot be told."""
    branch = gpu.driver_version.partition(".")[0]
    return int(branch) if branch.isdecimal() else 0


def capability(gpu: Gpu) -> tuple[int, ...]:
    """Compute capability as numbers, `(9, 0)`; empty where it is not known, which is less than any."""
    return tuple(int(part) for part in (gpu.compute_capability or "").split(".") if part.isdecimal())

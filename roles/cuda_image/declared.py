"""The image that a host is to have, from what is declared and what the host is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.images.recipe import CUDA_LABEL
from gpufleet.settings import load
from roles.cuda_image.context import image_reference, labels, recipe
from roles.cuda_image.major import choose, obstacle
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.images.recipe import Recipe
    from gpufleet.platform import Access, Platform


@dataclass(frozen=True)
class DeclaredImage:
    """The image of a host.

    Attributes:
        reference: its name.
        labels: those that the role gives it.
        recipe: what it is built from.
        uid: of the user inside.
        gid: of their group.
    """

    reference: str
    labels: Mapping[str, str]
    recipe: Recipe
    uid: int
    gid: int

    @property
    def options(self) -> str:
        """The options of `gpufleet bundle` that make it gather this image, for messages."""
        return f"--user {self.uid}:{self.gid} --cuda {self.labels[CUDA_LABEL]}"


def declared_image(
    data: Mapping[str, object], platform: Platform, access: Access, in_use: Sequence[int] | None
) -> tuple[DeclaredImage | None, str]:
    """The image that a host is to have, and why that one or none.

    Args:
        data: the host's variables.
        platform: what the host is.
        access: who connects.
        in_use: CUDA majors that the host works with, None where Docker cannot be asked.
    """
    settings = load(CudaImageSettings, data)
    choice = choose(settings.cuda, platform.gpus, load(PlatformSettings, data).gpu, in_use)
    if choice.major is None:
        return None, choice.why
    uid, gid = settings.ids(access)
    made_from = recipe(settings, choice.major, uid, gid)
    name = image_reference(made_from, choice.major)
    return DeclaredImage(name, labels(made_from, choice.major), made_from, uid, gid), choice.why


def held_back(data: Mapping[str, object], platform: Platform, declared: DeclaredImage, why: str) -> str | None:
    """A sentence for a person whose GPUs can work with CUDA 13, where the image has CUDA 12 and nobody said so.

    Args:
        data: the host's variables.
        platform: what the host is.
        declared: the image that it is to have.
        why: the reason for its CUDA.
    """
    asked = load(CudaImageSettings, data).cuda
    if asked != "auto" or declared.labels[CUDA_LABEL] != "12" or obstacle(13, platform.gpus):
        return None
    return f"CUDA image: CUDA 12, since {why}."

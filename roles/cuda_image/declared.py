"""The images that a host is to have, from what is declared and what the host is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gpufleet.images.recipe import CUDA_LABEL
from gpufleet.settings import load
from roles.cuda_image.context import image_reference, labels, recipe
from roles.cuda_image.major import DRIVERS, choose, obstacle
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.images.named import References
    from gpufleet.images.recipe import Recipe
    from gpufleet.platform import Access, Platform
    from roles.cuda_image.major import Choice


@dataclass(frozen=True)
class DeclaredImage:
    """An image of a host.

    Attributes:
        reference: its repository and tag.
        labels: those that the role gives it.
        recipe: what it is built from.
        uid: of the user inside.
        gid: of their group.
        setting: the variable that declares its base.
    """

    reference: str
    labels: Mapping[str, str]
    recipe: Recipe
    uid: int
    gid: int
    setting: str

    @property
    def options(self) -> str:
        """The options of `gpufleet bundle` that make it gather this image, for messages."""
        return f"--user {self.uid}:{self.gid} --cuda {self.labels[CUDA_LABEL]}"


class Outcome(NamedTuple):
    """What a host is to have of a declared image.

    Attributes:
        image: the image; None where there is to be none.
        why: that one, or none.
    """

    image: DeclaredImage | None
    why: str


Outcomes = dict[str | None, Outcome]
"""By the name of the image, None for the role's own."""


def declared_images(
    data: Mapping[str, object], platform: Platform, access: Access, in_use: Sequence[int] | None
) -> Outcomes:
    """The images that a host is to have, the role's own first, then the others in their order.

    Where one of the others leaves its CUDA open it gets that of the role's own: what is built for one of them must not
    decide what the next run takes for another.

    Args:
        data: the host's variables.
        platform: what the host is.
        access: who connects.
        in_use: CUDA majors that the host works with, None where Docker cannot be asked.
    """
    settings, wanted = load(CudaImageSettings, data), load(PlatformSettings, data).gpu
    own = choose(settings.cuda, platform.gpus, wanted, in_use)
    majors = in_use if own.major is None else [own.major]
    others = {name: choose(settings.image(name).cuda, platform.gpus, wanted, majors) for name in settings.more}
    return {name: _outcome(settings, name, choice, access) for name, choice in ({None: own} | others).items()}


def _outcome(settings: CudaImageSettings, name: str | None, choice: Choice, access: Access) -> Outcome:
    if choice.major is None:
        return Outcome(None, choice.why)
    image = settings.image(name)
    uid, gid = image.ids(access)
    made_from = recipe(image, choice.major, uid, gid)
    reference, setting = image_reference(made_from, choice.major), settings.variable(name, "base")
    labelled = labels(made_from, choice.major)
    return Outcome(DeclaredImage(reference, labelled, made_from, uid, gid, setting), choice.why)


def references(images: Outcomes) -> References:
    """Their repositories and tags."""
    return {name: image.reference if image else None for name, (image, _) in images.items()}


def in_abeyance(data: Mapping[str, object], access: Access, images: References) -> list[str]:
    """Images that are declared and that the host is not to have while it shows no GPU, for each CUDA that it may show.

    Args:
        data: the host's variables.
        access: who connects.
        images: what the host is to have now.
    """
    if load(PlatformSettings, data).gpu == "none":
        return []
    settings = load(CudaImageSettings, data)
    absent = [settings.image(name) for name, reference in images.items() if reference is None]
    found = ((recipe(image, major, *image.ids(access)), major) for image in absent for major in DRIVERS)
    return [image_reference(made_from, major) for made_from, major in found]


def held_back(data: Mapping[str, object], platform: Platform, own: Outcome) -> str | None:
    """A sentence for a person whose GPUs can work with CUDA 13, where the image has CUDA 12 and nobody said so.

    Args:
        data: the host's variables.
        platform: what the host is.
        own: the role's own image.
    """
    asked, has_12 = load(CudaImageSettings, data).cuda, own.image and own.image.labels[CUDA_LABEL] == "12"
    if asked != "auto" or not has_12 or obstacle(13, platform.gpus):
        return None
    return f"CUDA image: CUDA 12, since {own.why}."

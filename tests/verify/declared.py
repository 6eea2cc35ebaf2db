"""What the roles make of the settings of a host: the image and the sandboxes that it is to have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.images.present import cuda_majors
from gpufleet.settings import load
from roles.cuda_image.context import REPOSITORY, image_reference, labels, recipe
from roles.cuda_image.deploy import ROOT_CONNECTS
from roles.cuda_image.major import choose
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.wanted import waits, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.images.present import Present
    from gpufleet.images.recipe import Recipe
    from gpufleet.platform import Access, Platform
    from gpufleet.verify.fixtures import Settings
    from roles.sandbox.wanted import Wanted


@dataclass(frozen=True)
class DeclaredImage:
    """The image of role cuda_image.

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


def declared_image(
    settings: Settings, platform: Platform, access: Access, present: Present
) -> tuple[DeclaredImage | None, str]:
    """The image that a host is to have, and why that one or none.

    Args:
        settings: what is declared.
        platform: what the host is.
        access: who connects.
        present: the images and containers that it has; it stays with the CUDA that it works with.
    """
    declared = settings(CudaImageSettings)
    in_use = cuda_majors(present, REPOSITORY)
    choice = choose(declared.cuda, platform.gpus, settings(PlatformSettings).gpu, in_use)
    if choice.major is None:
        return None, choice.why
    connecting = ROOT_CONNECTS if access.uid <= 0 else (access.uid, access.uid if access.gid is None else access.gid)
    uid, gid = (
        own if own is not None else other for own, other in zip((declared.uid, declared.gid), connecting, strict=True)
    )
    made_from = recipe(declared, choice.major, uid, gid)
    name = image_reference(made_from, choice.major)
    return DeclaredImage(name, labels(made_from, choice.major), made_from, uid, gid), choice.why


def declared_sandboxes(
    data: Mapping[str, object], platform: Platform, access: Access, image: str | None
) -> tuple[list[Wanted], dict[str, str]]:
    """The sandboxes that a host is to have, and why others are not to be there, by name.

    Args:
        data: the host's variables.
        platform: what the host is.
        access: who connects.
        image: the one of role cuda_image, where there is one.
    """
    of_host = load(PlatformSettings, data)
    there, absent = [], {}
    for name, sandbox in load(SandboxSettings, data).containers.items():
        made_from = sandbox.image or image
        if made_from is None:
            absent[name] = "no image is declared for it"
        elif waits(sandbox, of_host, platform):
            absent[name] = "it waits for a GPU, and none is seen"
        else:
            there.append(wanted(name, data, made_from, access))
    return there, absent

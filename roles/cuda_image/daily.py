"""The images of a host for those who want to run something in one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.facts.answer import Unreadable
from gpufleet.images.named import ImageOfHost
from gpufleet.images.present import cuda_majors
from roles.cuda_image.context import REPOSITORY
from roles.cuda_image.declared import declared_images
from roles.cuda_image.major import in_use_without_docker

if TYPE_CHECKING:
    from gpufleet.daily.declared import Data, Seen


def images(data: Data, seen: Seen) -> dict[str | None, ImageOfHost]:
    """The images that a host is to have, by their names, the role's own without one.

    Args:
        data: the host's variables.
        seen: the host.
    """
    if isinstance(seen.images, Unreadable):
        in_use = in_use_without_docker(seen.remembered)
    else:
        in_use = cuda_majors(seen.images, REPOSITORY)
    found = declared_images(data, seen.platform, seen.access, in_use)
    return {name: ImageOfHost(image.reference if image else None, why) for name, (image, why) in found.items()}

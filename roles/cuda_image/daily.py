"""The image of a host for those who want to run something in it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.facts.answer import Unreadable
from gpufleet.images.present import cuda_majors
from roles.cuda_image.context import REPOSITORY
from roles.cuda_image.declared import declared_image
from roles.cuda_image.major import in_use_without_docker

if TYPE_CHECKING:
    from gpufleet.daily.declared import Data, Seen


def image(data: Data, seen: Seen) -> tuple[str | None, str]:
    """The image that a host is to have, by name, and why that one or none.

    Args:
        data: the host's variables.
        seen: the host.
    """
    if isinstance(seen.images, Unreadable):
        in_use = in_use_without_docker(seen.remembered)
    else:
        in_use = cuda_majors(seen.images, REPOSITORY)
    found, why = declared_image(data, seen.platform, seen.access, in_use)
    return (found.reference if found else None), why

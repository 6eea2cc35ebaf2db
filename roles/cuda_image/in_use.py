"""Which CUDA a host works with, read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileContent
from gpufleet.facts.images import Images
from gpufleet.images.present import cuda_majors
from gpufleet.operations.image_commands import REMEMBERED
from roles.cuda_image.context import REPOSITORY
from roles.cuda_image.major import in_use_without_docker

if TYPE_CHECKING:
    from typing import Unpack

    from gpufleet.become import Root


def majors_in_use(**root: Unpack[Root]) -> list[int] | None:
    """CUDA majors that the current host works with; None where that cannot be told.

    Args:
        root: pyinfra's global arguments with which its facts are read (`gpufleet.become.escalation`).
    """
    there = host.get_fact(Images, **root)
    if not isinstance(there, Unreadable):
        return cuda_majors(there, REPOSITORY)
    return in_use_without_docker(host.get_fact(FileContent, path=REMEMBERED, **root))

"""The role cuda_image: an image with Python and Numba for CUDA, built when something in it was edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.facts.access import AccessFacts
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.images import Images
from gpufleet.images.present import cuda_majors, remembered_major
from gpufleet.operations.images import REMEMBERED, built, pruned
from gpufleet.settings import load
from roles.cuda_image.context import REPOSITORY
from roles.cuda_image.declared import declared_image
from roles.cuda_image.settings import CudaImageSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.images.recipe import Recipe
    from gpufleet.platform import Platform

NEEDED_BYTES = 3_000_000_000
"""What a build takes at most without packages of one's own: the image twice (steps and result share most of it), and
pip's downloads."""


def cuda_image(platform: Platform, **root: Unpack[Root]) -> str | None:
    """Have the declared image on the current host.

    Args:
        platform: what the host is.
        root: pyinfra's global arguments with which its deploy runs (`gpufleet.become.escalation`).

    Returns:
        Its reference; None where there is to be none.
    """
    access = host.get_fact(AccessFacts, _sudo=False)
    declared, _ = declared_image(host.data.dict(), platform, access, _majors_in_use(**root))
    if declared is None:
        return None
    keep = load(CudaImageSettings, host.data.dict()).keep
    _deploy(reference=declared.reference, recipe=declared.recipe, labels=declared.labels, keep=keep, **root)
    return declared.reference


@deploy("CUDA image")
def _deploy(reference: str, recipe: Recipe, labels: Mapping[str, str], keep: int) -> None:
    built(
        name="Build the image",
        reference=reference,
        recipe=recipe,
        labels=labels,
        setting="cuda_image_base",
        needed_bytes=NEEDED_BYTES,
    )
    pruned(name="Remove older images that nothing uses", repository=REPOSITORY, reference=reference, keep=keep)


def _majors_in_use(**root: Unpack[Root]) -> list[int] | None:
    """CUDA majors that the host works with; None where Docker cannot be asked and nothing was remembered."""
    there = host.get_fact(Images, **root)
    if not isinstance(there, Unreadable):
        return cuda_majors(there, REPOSITORY)
    last = host.get_fact(FileContent, path=REMEMBERED, **root)
    major = remembered_major(last.content.decode(errors="replace")) if isinstance(last, FileState) else 0
    return [major] if major else None

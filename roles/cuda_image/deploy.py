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
from roles.cuda_image.context import REPOSITORY, image_reference, labels, recipe
from roles.cuda_image.major import choose
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.images.recipe import Recipe
    from gpufleet.platform import Platform

NEEDED_BYTES = 3_000_000_000
"""What a build takes at most without packages of one's own: the image twice (steps and result share most of it), and
pip's downloads."""
ROOT_CONNECTS = (1000, 1000)
"""User and group inside where root connects."""


def cuda_image(platform: Platform, **root: Unpack[Root]) -> str | None:
    """Have the declared image on the current host.

    Args:
        platform: what the host is.
        root: pyinfra's global arguments with which its deploy runs (`gpufleet.become.escalation`).

    Returns:
        Its reference; None where there is to be none.
    """
    data = host.data.dict()
    settings = load(CudaImageSettings, data)
    choice = choose(settings.cuda, platform.gpus, load(PlatformSettings, data).gpu, _majors_in_use(**root))
    if choice.major is None:
        return None
    uid, gid = _user(settings)
    ingredients = recipe(settings, choice.major, uid, gid)
    _deploy(recipe=ingredients, major=choice.major, keep=settings.keep, **root)
    return image_reference(ingredients, choice.major)


@deploy("CUDA image")
def _deploy(recipe: Recipe, major: int, keep: int) -> None:
    name = image_reference(recipe, major)
    built(
        name="Build the image",
        reference=name,
        recipe=recipe,
        labels=labels(recipe, major),
        setting="cuda_image_base",
        needed_bytes=NEEDED_BYTES,
    )
    pruned(name="Remove older images that nothing uses", repository=REPOSITORY, reference=name, keep=keep)


def _user(settings: CudaImageSettings) -> tuple[int, int]:
    """User and group id inside: declared, else those of the connecting user."""
    access = host.get_fact(AccessFacts, _sudo=False)
    uid, gid = ROOT_CONNECTS if access.uid <= 0 else (access.uid, access.gid if access.gid is not None else access.uid)
    return (uid if settings.uid is None else settings.uid, gid if settings.gid is None else settings.gid)


def _majors_in_use(**root: Unpack[Root]) -> list[int] | None:
    """CUDA majors that the host works with; None where Docker cannot be asked and nothing was remembered."""
    there = host.get_fact(Images, **root)
    if not isinstance(there, Unreadable):
        return cuda_majors(there, REPOSITORY)
    last = host.get_fact(FileContent, path=REMEMBERED, **root)
    major = remembered_major(last.content.decode(errors="replace")) if isinstance(last, FileState) else 0
    return [major] if major else None

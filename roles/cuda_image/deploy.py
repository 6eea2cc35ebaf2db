"""The role cuda_image: an image with Python and Numba for CUDA, built when something in it was edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.facts.access import AccessFacts
from gpufleet.notice import notice
from gpufleet.operations.images import built, pruned
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.cuda_image.context import NEEDED_BYTES, REPOSITORY
from roles.cuda_image.declared import declared_image, held_back
from roles.cuda_image.in_use import majors_in_use
from roles.cuda_image.settings import CudaImageSettings

if TYPE_CHECKING:
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.platform import Platform
    from roles.cuda_image.declared import DeclaredImage


def cuda_image(platform: Platform, **root: Unpack[Root]) -> str | None:
    """Have the declared image on the current host.

    Args:
        platform: what the host is.
        root: pyinfra's global arguments with which its deploy runs (`gpufleet.become.escalation`).

    Returns:
        Its reference; None where there is to be none.
    """
    access = host.get_fact(AccessFacts, _sudo=False)
    data = host.data.dict()
    declared, why = declared_image(data, platform, access, majors_in_use(**root))
    if declared is None:
        return None
    if sentence := held_back(data, platform, declared, why):
        notice(sentence)
    bundle = load(BundleSettings, data).bundle
    _build(declared=declared, bundle=bundle, **root)
    return declared.reference


def older_images_removed(image: str | None, **root: Unpack[Root]) -> None:
    """Remove older images from the current host: after the sandboxes have moved, else one that goes is still in use.

    Args:
        image: what `cuda_image` returned.
        root: pyinfra's global arguments with which its deploy runs.
    """
    if image is not None:
        _prune(reference=image, keep=load(CudaImageSettings, host.data.dict()).keep, **root)


@deploy("CUDA image")
def _build(declared: DeclaredImage, bundle: Bundle | None) -> None:
    built(
        name="Build the image",
        reference=declared.reference,
        recipe=declared.recipe,
        labels=declared.labels,
        setting="cuda_image_base",
        needed_bytes=NEEDED_BYTES,
        bundle=bundle,
        options=declared.options,
    )


@deploy("CUDA image")
def _prune(reference: str, keep: int) -> None:
    pruned(name="Remove older images that nothing uses", repository=REPOSITORY, reference=reference, keep=keep)

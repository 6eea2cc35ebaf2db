"""The role cuda_image: images with Python and Numba for CUDA, each built when something in it was edited."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.facts.access import AccessFacts
from gpufleet.notice import notice
from gpufleet.operations.images import built, pruned
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.cuda_image.context import NEEDED_BYTES, REPOSITORY
from roles.cuda_image.declared import declared_images, held_back, in_abeyance, references
from roles.cuda_image.in_use import majors_in_use
from roles.cuda_image.settings import DEPLOY, CudaImageSettings, build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.images.named import References
    from gpufleet.platform import Platform
    from roles.cuda_image.declared import DeclaredImage


def cuda_image(platform: Platform, **root: Unpack[Root]) -> References:
    """Have the declared images on the current host.

    Args:
        platform: what the host is.
        root: pyinfra's global arguments with which its deploy runs (`gpufleet.become.escalation`).

    Returns:
        Their references by name, the role's own without one; None in the place of one that is not to be there.
    """
    access = host.get_fact(AccessFacts, _sudo=False)
    data = host.data.dict()
    images = declared_images(data, platform, access, majors_in_use(**root))
    if sentence := held_back(data, platform, images[None]):
        notice(sentence)
    found = references(images)
    bundle = load(BundleSettings, data).bundle
    if bundle:
        bundle = replace(bundle, images=_declared(found))
    for name, (image, _) in images.items():
        if image:
            _build(called=name, declared=image, bundle=bundle, **root)
    return found


def older_images_removed(images: References, **root: Unpack[Root]) -> None:
    """Remove older images from the current host: after the sandboxes have moved, else one that goes is still in use.

    Those that are declared for a GPU stay while none is seen.

    Args:
        images: what `cuda_image` returned.
        root: pyinfra's global arguments with which its deploy runs.
    """
    data = host.data.dict()
    if declared := _declared(images):
        waiting = in_abeyance(data, host.get_fact(AccessFacts, _sudo=False), images)
        names = list(dict.fromkeys([*declared, *waiting]))
        _prune(declared=names, keep=load(CudaImageSettings, data).keep, **root)


def _declared(images: References) -> tuple[str, ...]:
    """Those that are to be there; two names may stand for the same."""
    return tuple(dict.fromkeys(reference for reference in images.values() if reference))


@deploy(DEPLOY)
def _build(called: str | None, declared: DeclaredImage, bundle: Bundle | None) -> None:
    # The role's own image has no such argument, so that its stamp is that of a gpufleet which knew no others
    of_others: dict[str, Any] = {"remembered": False} if called else {}
    built(
        name=build(called),
        reference=declared.reference,
        recipe=declared.recipe,
        labels=declared.labels,
        setting=declared.setting,
        needed_bytes=NEEDED_BYTES,
        bundle=bundle,
        options=declared.options,
        **of_others,
    )


@deploy(DEPLOY)
def _prune(declared: Sequence[str], keep: int) -> None:
    first, *others = declared
    also: dict[str, Any] = {"also": others} if others else {}  # without others the stamp knows of no such argument
    name = "Remove older images that nothing uses"
    pruned(name=name, repository=REPOSITORY, reference=first, keep=keep, **also)

"""What a bundle has against a host that is to have images out of it, before anything changes there.

Which images these are depends on who connects and on what the host works with, so this verdict reads facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.bundle.images import files_of, find, lacking
from gpufleet.bundle.manifest import Manifest
from gpufleet.facts.access import AccessFacts
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.images import Images
from gpufleet.images.recipe import CONTENT_LABEL
from gpufleet.operations.bundle import manifest_of
from gpufleet.operations.bundle_parts import damaged
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.cuda_image.declared import declared_images
from roles.cuda_image.in_use import majors_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.finding import Difference
    from gpufleet.platform import Platform
    from roles.cuda_image.declared import DeclaredImage


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """That the bundle lacks an image, or a part of one. Nothing is read of the bundle where all images are there.

    Args:
        platform: what the host is.
        data: its variables.
    """
    bundle = load(BundleSettings, data).bundle
    if bundle is None:
        return
    root = escalation()
    access = host.get_fact(AccessFacts, _sudo=False)
    outcomes = declared_images(data, platform, access, majors_in_use(**root))
    declared = {image.reference: image for image, _ in outcomes.values() if image}
    there = host.get_fact(Images, **root)
    if isinstance(there, Unreadable):
        return
    missing = [each for each in declared.values() if there.find(each.reference, each.labels[CONTENT_LABEL]) is None]
    if missing:
        yield from _refusals(bundle, missing, **root)


def _refusals(bundle: Bundle, missing: Sequence[DeclaredImage], **root: Unpack[Root]) -> Iterator[Difference]:
    manifest = manifest_of(bundle, **root)
    if not isinstance(manifest, Manifest):
        yield manifest.refusal
        return
    held = []
    for image in missing:
        if stored := find(manifest, image.reference):
            held += files_of(stored)
        else:
            yield lacking(manifest, bundle.path, image.reference, image.options).refusal
    if objection := damaged(bundle, manifest, held, **root):
        yield objection.refusal


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:  # noqa: ARG001 - every role's own
    """Nothing."""
    yield from ()

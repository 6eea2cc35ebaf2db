"""What a bundle has against a host that is to have images out of it, before anything changes there.

Which images these are depends on who connects and on what the host works with, so this verdict reads facts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.bundle.images import find, lacking
from gpufleet.bundle.manifest_reading import read_file
from gpufleet.facts.access import AccessFacts
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.images import Images
from gpufleet.images.recipe import CONTENT_LABEL
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.cuda_image.declared import declared_images
from roles.cuda_image.in_use import majors_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.finding import Difference
    from gpufleet.platform import Platform


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """That the bundle lacks an image. One that is on the host is looked at where the image is loaded.

    Args:
        platform: what the host is.
        data: its variables.
    """
    bundle = load(BundleSettings, data).bundle
    if bundle is None or bundle.on_host:
        return
    root = escalation()
    access = host.get_fact(AccessFacts, _sudo=False)
    outcomes = declared_images(data, platform, access, majors_in_use(**root))
    declared = {image.reference: image for image, _ in outcomes.values() if image}
    there = host.get_fact(Images, **root)
    if not declared or isinstance(there, Unreadable):
        return
    manifest = read_file(Path(bundle.path), bundle.sha256)
    for image in declared.values():
        if there.find(image.reference, image.labels[CONTENT_LABEL]) is None and find(manifest, image.reference) is None:
            yield lacking(manifest, bundle.path, image.reference, image.options).refusal


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:  # noqa: ARG001 - every role's own
    """Nothing."""
    yield from ()

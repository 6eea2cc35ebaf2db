"""What a bundle has against a host that is to have an image out of it, before anything changes there.

Which image that is depends on who connects and on what the host works with, so this verdict reads facts.
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
from roles.cuda_image.declared import declared_image
from roles.cuda_image.in_use import majors_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.finding import Difference
    from gpufleet.platform import Platform


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """That the bundle lacks the image. One that is on the host is looked at where the image is loaded.

    Args:
        platform: what the host is.
        data: its variables.
    """
    bundle = load(BundleSettings, data).bundle
    if bundle is None or bundle.on_host:
        return
    root = escalation()
    access = host.get_fact(AccessFacts, _sudo=False)
    declared, _ = declared_image(data, platform, access, majors_in_use(**root))
    there = host.get_fact(Images, **root)
    if declared is None or isinstance(there, Unreadable):
        return
    manifest = read_file(Path(bundle.path), bundle.sha256)
    known = there.find(declared.reference, declared.labels[CONTENT_LABEL]) or find(manifest, declared.reference)
    if known is None:
        yield lacking(manifest, bundle.path, declared.reference, declared.options).refusal


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:  # noqa: ARG001 - every role's own
    """Nothing."""
    yield from ()

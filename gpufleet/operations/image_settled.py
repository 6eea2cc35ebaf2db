"""What is left to do on a host that has an image, and what still waits for others. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.facts.bundle import Copies
from gpufleet.finding import Difference
from gpufleet.operations.image_commands import REMEMBERED
from gpufleet.state import BUNDLE

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.images.present import Present


def awaited(bundle: Bundle | None, reference: str, there: Present) -> bool:
    """Whether other images out of a bundle are still to come, which take up copies that lie on the host.

    Args:
        bundle: as declared.
        reference: the image that is looked at.
        there: what the host has.
    """
    present = {name for image in there.images for name in image.references}
    return bundle is not None and bool(set(bundle.images) - present - {reference})


def left_over(bundle: Bundle | None, reference: str, there: Present, copies: Copies) -> Copies:
    """Copies on the host that no image waits for, as far as it is for this image to say so: the first one says it.

    Args:
        bundle: as declared.
        reference: the image that is looked at, which is there.
        there: what the host has.
        copies: all of them.
    """
    first = bundle is None or reference in bundle.images[:1] or not bundle.images
    return copies if first and not awaited(bundle, reference, there) else Copies()


def unsettled(reference: str, remembered: str | None, copies: Copies) -> list[Difference]:
    """What differs where the image is there: a load that was cut off may have come to its end without us.

    Args:
        reference: the image.
        remembered: the one that the host has noted.
        copies: what lies on the host of a bundle that no image waits for; an upload that was cut off counts too.
    """
    found = []
    if remembered != reference:
        found.append(config(REMEMBERED, reference, remembered))
    if copies.some:
        found.append(config(BUNDLE, "no copies out of the bundle, since the image is there", copies.told))
    return found


def config(resource: str, expected: str, observed: str | None) -> Difference:
    """A difference that somebody made on the host.

    Args:
        resource: what differs.
        expected: how it is to be.
        observed: how it is; None for absent.
    """
    return Difference(kind="config", resource=resource, expected=expected, observed=observed or "absent")

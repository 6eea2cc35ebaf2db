"""What the role cuda_image takes back: the images that it built or loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import deploy

from gpufleet.operations.removal_images import images_removed
from roles.cuda_image.context import REPOSITORY

if TYPE_CHECKING:
    from gpufleet.operations.removal import Unless


@deploy("CUDA image")
def cuda_image_removed(unless: Unless, *, consent: bool) -> None:
    """Remove the images from the current host.

    Args:
        unless: why they stay.
        consent: sandboxes that nobody uses go, or have gone.
    """
    images_removed(name="Remove the images", repository=REPOSITORY, unless=unless, consent=consent)

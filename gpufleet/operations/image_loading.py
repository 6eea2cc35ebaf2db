"""Images out of a bundle, loaded in place of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand

from gpufleet.bundle.images import files_of, find, lacking, needed_bytes
from gpufleet.bundle.layers import load_index
from gpufleet.bundle.manifest import Manifest
from gpufleet.facts.image_building import ImageBuilding
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.scripts import script
from gpufleet.facts.together import together
from gpufleet.operations.bundle import delivered, manifest_of, path_of
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.image_commands import no_space
from gpufleet.operations.shown import ShownCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.bundle.chosen import Bundle
    from gpufleet.bundle.manifest import StoredImage
    from gpufleet.finding import Difference


def loaded(  # noqa: PLR0917 - what differs beside how it is mended
    bundle: Bundle,
    reference: str,
    content: str,
    options: str,
    difference: Difference,
    after: Sequence[StringCommand],
) -> Commands:
    """Load an image from a bundle. What is uploaded for it stays on the host until something removes it.

    Args:
        bundle: as declared.
        reference: the image's repository and tag.
        content: the hash that its label has to hold: else its name is taken away again, and the host is refused.
        options: those of `gpufleet bundle` that make it gather this image.
        difference: what is there instead of it.
        after: what is to be done once it is loaded.
    """
    manifest = manifest_of(bundle)
    if not isinstance(manifest, Manifest):
        yield from refuse(**manifest._asdict())
        return
    image = find(manifest, reference)
    if image is None:
        yield from refuse(**lacking(manifest, bundle.path, reference, options)._asdict())
        return
    with together():
        platform, building = host.get_fact(PlatformFacts, gpu_seconds=0), host.get_fact(ImageBuilding)
    if objection := no_space(reference, platform, building, needed_bytes(manifest, image), "load"):
        yield from refuse(**objection._asdict())
        return
    yield from begin(difference)
    yield from delivered(bundle, manifest, files_of(image))
    yield _load(image, content)
    yield from after


def _load(image: StoredImage, content: str) -> ShownCommand:
    files = files_of(image)
    folder = path_of(image.config).rpartition("/")[0]
    text = script("image-load.sh", "gpufleet.operations.scripts")
    arguments = [folder, image.reference, content, load_index(image), *files]
    return ShownCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, arguments))

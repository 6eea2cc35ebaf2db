"""The images of a bundle: taken over from a former bundle in its folder, the others had built."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.bundle.gather_folder import former
from gpufleet.bundle.manifest import StoredFile, StoredImage
from gpufleet.bundle.parts import part_path, verify
from gpufleet.bundle.wanted import WantedImage
from gpufleet.images.recipe import CONTENT_LABEL

if TYPE_CHECKING:
    from gpufleet.bundle.wanted import Target

Images = list[tuple[StoredImage, list[StoredFile]]]
"""For each image what the manifest says of it, and its files."""
ImageSource = Callable[[Sequence[WantedImage], Path], Images]
"""Has images built and stores them in the bundle's folder."""


class ArchitectureError(RuntimeError):
    """An image is for other machines than the bundle; the message says what to do."""


def gathered(
    wanted: Sequence[WantedImage], target: Target, folder: Path, source: ImageSource, say: Callable[[str], None]
) -> Images:
    """Have images in a bundle. Those of one that was made here are kept as they are: built again they would be others.

    Args:
        wanted: the images; one that several hosts want may be named several times.
        target: the kind of host.
        folder: the bundle's.
        source: has the others built.
        say: told of each step as it begins.

    Raises:
        ArchitectureError: an image is for other machines; `source` raises what else keeps it from being had.
    """
    images = {image.reference: image for image in wanted}
    found = _kept(folder, target, images)
    there = {image.reference for image, _ in found}
    missing = [image for name, image in sorted(images.items()) if name not in there]
    if missing:
        say(f"images: {', '.join(image.reference for image in missing)}")
        new = source(missing, folder)
        for image, _ in new:
            _refuse_other_architecture(image, target, folder)
        found += new
    return found


def _refuse_other_architecture(image: StoredImage, target: Target, folder: Path) -> None:
    """An image is built for the machine that builds it; Docker's names of architectures are dpkg's."""
    built_for = json.loads(part_path(folder, image.config).read_bytes()).get("architecture")
    if built_for != target.architecture:
        raise ArchitectureError(
            f"{image.reference}: built for {built_for}, and the bundle is for {target.architecture}: name a --builder "
            "of that architecture"
        )


def _kept(folder: Path, target: Target, wanted: dict[str, WantedImage]) -> Images:
    manifest = former(folder)
    if manifest is None or manifest.architecture != target.architecture:
        return []
    found = []
    for image in manifest.images:
        names = [image.config, *image.layers]
        same = image.reference in wanted and wanted[image.reference].labels[CONTENT_LABEL] == image.content
        if same and not verify(folder, manifest, names):
            found.append((image, [manifest.file(name) for name in names]))
    return found

"""The images of a bundle, as a host asks for them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.dockerd.objections import Objection

if TYPE_CHECKING:
    from gpufleet.bundle.manifest import Manifest, StoredImage


def find(manifest: Manifest, reference: str) -> StoredImage | None:
    """The image of that name, None where the bundle has none.

    Args:
        manifest: of the bundle.
        reference: repository and tag, which tell the content of the recipe.
    """
    return next((image for image in manifest.images if image.reference == reference), None)


def files_of(image: StoredImage) -> list[str]:
    """The hashes of its files, each once: its configuration and its layers."""
    return list(dict.fromkeys([image.config, *image.layers]))


def needed_bytes(manifest: Manifest, image: StoredImage) -> int:
    """What a load takes at most where Docker keeps its data.

    That is the image itself, the archive that dockerd puts down before it reads it, and the files that this archive is
    made of, which lie on the same file system on most hosts.
    """
    compressed = sum(manifest.file(sha256).size for sha256 in files_of(image))
    return image.size + 2 * compressed


def lacking(manifest: Manifest, place: str, reference: str, options: str) -> Objection:
    """That a bundle does not hold an image.

    Args:
        manifest: of the bundle.
        place: its folder.
        reference: the image that is wanted.
        options: those of `gpufleet bundle` that make it gather this image, as `--user 1001:1001 --cuda 12`.
    """
    held = ", ".join(f"{image.reference} for user {image.user or 'root'}" for image in manifest.images)
    return Objection(
        reference,
        f"the bundle {place} to hold it (`{options}`)",
        f"one that holds {held or 'no image'}",
        f"Gather it where there is a network: `gpufleet bundle … {options}`, with these settings and this version of "
        "the repository, then set bundle_sha256 anew. Or declare an image that the bundle holds.",
    )

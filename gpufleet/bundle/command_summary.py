"""What is said of a bundle: how much of what it holds, and how to use it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gpufleet.bundle.manifest import Manifest


def summary(manifest: Manifest, folder: Path) -> str:
    """Sizes by kind, the number of parts, and the settings that switch a bundle on.

    Args:
        manifest: the bundle's.
        folder: where it lies.
    """
    kinds = {
        "package": [each.file for each in manifest.packages],
        "key": [each.file for each in manifest.keys],
        "image": [sha256 for image in manifest.images for sha256 in (image.config, *image.layers)],
    }
    counts = {"package": manifest.packages, "key": manifest.keys, "image": manifest.images}
    parts = {part.sha256: part.size for file in manifest.files for part in file.parts}
    rows = [f"  {counted(len(counts[kind]), kind):<14}{_size(manifest, files):>12}" for kind, files in kinds.items()]
    rows += [f"  {image.reference}" for image in manifest.images]
    size = f"{counted(len(parts), 'part')}, {megabytes(sum(parts.values()))}"
    return "\n".join(
        [
            f"{folder}: for {manifest.target}, {manifest.architecture}; {size}",
            *rows,
            "",
            "Put this into group_data/all.py, or that of a group of hosts without a network:",
            f'bundle_path = "{folder.resolve()}"',
            f'bundle_sha256 = "{manifest.sha256}"',
            "",
        ]
    )


def _size(manifest: Manifest, files: Iterable[str]) -> str:
    """Of files, each counted once."""
    return megabytes(sum(manifest.file(sha256).size for sha256 in set(files)))


def counted(number: int, noun: str) -> str:
    """`1 part`, `2 parts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def megabytes(size: int) -> str:
    """A size in MB of 10^6 bytes, `92.3 MB`."""
    return f"{size / 1e6:.1f} MB"

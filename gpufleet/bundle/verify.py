"""`gpufleet bundle verify`: whether all of a bundle is there and as it should be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gpufleet.bundle.command_summary import counted, megabytes
from gpufleet.bundle.manifest import MANIFEST, ManifestError, content_hash
from gpufleet.bundle.manifest_reading import content_of, read
from gpufleet.bundle.parts import verify as parts_verify
from gpufleet.report.model import AS_DECLARED, FINDINGS, RUN_FAILED

if TYPE_CHECKING:
    from pathlib import Path

    from gpufleet.bundle.manifest import Manifest


def verify(folder: Path, sha256: str | None) -> int:
    """Check a bundle on this machine and say what is wrong with it.

    Args:
        folder: the bundle's.
        sha256: its manifest's hash as somebody knows it; None where nobody does.

    Returns:
        The exit code.
    """
    try:
        content = content_of(folder)
        manifest = read(content, None, str(folder / MANIFEST))
        _complete(manifest, folder)
    except ManifestError as error:
        sys.stderr.write(f"gpufleet: {error}\n")
        return RUN_FAILED
    actual = content_hash(content)  # of what lies there, as hosts compare it, whatever else would say the same
    if sha256 is not None and actual != sha256:
        sys.stderr.write(
            f"gpufleet: {folder / MANIFEST}: SHA-256 {actual}, expected {sha256}: this is another bundle, or "
            "it was changed\n"
        )
        return FINDINGS
    problems = parts_verify(folder, manifest)
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    parts = {part.sha256: part.size for file in manifest.files for part in file.parts}
    if problems:
        sys.stderr.write(f"gpufleet: {len(problems)} of {counted(len(parts), 'part')} cannot be used\n")
        return FINDINGS
    size = megabytes(sum(parts.values()))
    told = f"{folder}: {counted(len(parts), 'part')}, {size}, all as they should be; SHA-256 {actual}"
    sys.stdout.write(f"{told}\n")
    return AS_DECLARED


def _complete(manifest: Manifest, folder: Path) -> None:
    """Everything that it speaks of is among its files."""
    named = [package.file for package in manifest.packages] + [key.file for key in manifest.keys]
    named += [sha256 for image in manifest.images for sha256 in (image.config, *image.layers)]
    try:
        for sha256 in named:
            manifest.file(sha256)
    except ManifestError as error:
        raise ManifestError(f"{folder / MANIFEST}: {error}") from None

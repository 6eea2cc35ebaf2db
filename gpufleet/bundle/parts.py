"""The files of a bundle, which lie there as parts: stored, checked, tidied up."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.bundle.manifest import PART_BYTES, PARTS, Part, StoredFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gpufleet.bundle.manifest import Manifest

WRITTEN = ".partial"
"""Ending of a part while it is written: one without it is whole."""
WAY_OUT = "copy this part from the bundle again, or run the same `gpufleet bundle` again, which mends its folder"


@dataclass(frozen=True)
class Problem:
    """Why a part cannot be used.

    Attributes:
        path: of the part, as it was looked for.
        expected: its size and hash.
        observed: what is there instead.
        way_out: what a person can do.
    """

    path: str
    expected: str
    observed: str
    way_out: str = WAY_OUT

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.path}: {self.observed}, expected {self.expected}: {self.way_out}"


def part_path(folder: Path, sha256: str) -> Path:
    """Where a part lies.

    Args:
        folder: the bundle's.
        sha256: of the part.
    """
    return folder / PARTS / sha256


def store(folder: Path, source: Path | bytes) -> StoredFile:
    """Put a file into a bundle; parts that are there with the right content are not written again.

    Args:
        folder: the bundle's; made where it is missing.
        source: path of the file, or its content.

    Returns:
        How the manifest names it.

    Raises:
        OSError: the folder cannot be written, or the file not be read.
    """
    (folder / PARTS).mkdir(parents=True, exist_ok=True)
    whole, size = hashlib.sha256(), 0
    found: list[Part] = []
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        while (piece := stream.read(PART_BYTES)) or not found:  # an empty file has one empty part
            whole.update(piece)
            size += len(piece)
            found.append(_store_part(folder, piece))
            if len(piece) < PART_BYTES:
                break
    return StoredFile(whole.hexdigest(), size, tuple(found))


def _store_part(folder: Path, content: bytes) -> Part:
    part = Part(hashlib.sha256(content).hexdigest(), len(content))
    if problem(folder, part) is None:
        return part
    path = part_path(folder, part.sha256)
    written = path.with_name(path.name + WRITTEN)
    try:
        with written.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        written.unlink(missing_ok=True)  # a full disk is not to stay full
        raise
    written.replace(path)
    return part


def problem(folder: Path, part: Part) -> Problem | None:
    """Why a part cannot be used, None where it is as it should be.

    Args:
        folder: the bundle's.
        part: as the manifest names it.
    """
    path = part_path(folder, part.sha256)
    expected = f"{part.size} bytes with SHA-256 {part.sha256}"
    try:
        size = path.stat().st_size
        if size != part.size:
            return Problem(str(path), expected, f"{size} bytes" + (", cut short" if size < part.size else ""))
        with path.open("rb") as stream:
            actual = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return Problem(str(path), expected, "missing")
    except OSError as error:
        return Problem(str(path), expected, f"unreadable ({error.strerror})")
    return None if actual == part.sha256 else Problem(str(path), expected, f"changed: SHA-256 {actual}")


def verify(folder: Path, manifest: Manifest, files: Sequence[str] | None = None) -> list[Problem]:
    """Everything that is wrong with the parts of a bundle on this machine.

    Args:
        folder: the bundle's.
        manifest: what it is to hold.
        files: hashes of the files to look at, by default all of them.

    Raises:
        ManifestError: the manifest lists no file of such a hash.
    """
    chosen = manifest.files if files is None else [manifest.file(sha256) for sha256 in files]
    parts = {part.sha256: part for file in chosen for part in file.parts}
    return [found for part in parts.values() if (found := problem(folder, part))]


def remove_others(folder: Path, manifest: Manifest) -> list[str]:
    """Remove parts that no file of the manifest has, those that an interruption left half written among them.

    Args:
        folder: the bundle's.
        manifest: what it holds.

    Returns:
        The names of what was removed, sorted.
    """
    named = {part.sha256 for file in manifest.files for part in file.parts}
    superfluous = sorted(path for path in (folder / PARTS).iterdir() if path.name not in named)
    for path in superfluous:
        path.unlink()
    return [path.name for path in superfluous]

"""The files of a bundle as they are read again, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.bundle.parts import part_path

if TYPE_CHECKING:
    from pathlib import Path

    from gpufleet.bundle.manifest import StoredFile


def whole(folder: Path, file: StoredFile) -> bytes:
    """A file's parts, one after the other."""
    return b"".join(part_path(folder, part.sha256).read_bytes() for part in file.parts)

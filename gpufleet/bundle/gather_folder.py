"""The folder that a bundle is gathered into: whose it is, and that nobody else is at work there."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gpufleet.bundle import made_here
from gpufleet.bundle.manifest import MANIFEST, PARTS, ManifestError, content_hash
from gpufleet.bundle.manifest_reading import content_of, read
from gpufleet.bundle.parts import WRITTEN, remove_others

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gpufleet.bundle.manifest import Manifest

WORK = ".gathering"
"""What is there while a bundle is gathered, and after an interruption: downloads that the next run goes on with."""
SHOWN = 3
"""Names of foreign files that a message has: enough to know the folder by."""
_PART = re.compile(rf"[0-9a-f]{{64}}({re.escape(WRITTEN)})?")
_OURS = {MANIFEST, f"{MANIFEST}{WRITTEN}", PARTS, WORK}


class FolderError(RuntimeError):
    """The folder cannot be used; the message says why and what to do."""


@contextmanager
def gathering(folder: Path) -> Iterator[Path]:
    """Take a folder for a bundle: a new one, an empty one, or one with a bundle.

    Args:
        folder: the bundle's; made where it is missing.

    Yields:
        Folder for downloads, which is removed at the end, but stays after an error.

    Raises:
        FolderError: it holds something else, or is being gathered into.
        OSError: it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderError(f"--output {folder}: not a folder")
    work = folder / WORK
    foreign = sorted(_foreign(folder))
    if foreign:
        names = ", ".join(foreign[:SHOWN]) + (", …" if len(foreign) > SHOWN else "")
        raise FolderError(f"--output {folder}: holds {names}, which is no bundle's: name a folder of its own")
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(f"--output {folder}: another `gpufleet bundle` is at work there") from None
        try:
            yield work
        except BaseException:
            _leave(folder, work)
            raise
        shutil.rmtree(work)


def _foreign(folder: Path) -> Iterator[str]:
    """What is there and no bundle's, by its path below the folder: parts that no manifest names are removed."""
    yield from (path.name for path in folder.glob("*") if path.name not in _OURS)
    yield from (f"{PARTS}/{path.name}" for path in (folder / PARTS).glob("*") if not _PART.fullmatch(path.name))


def _leave(folder: Path, work: Path) -> None:
    """After an error: downloads stay, where there are any, and a folder in which nothing came to lie goes."""
    if any(path.suffix == ".deb" for path in work.rglob("*")):
        return
    shutil.rmtree(work, ignore_errors=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def former(folder: Path) -> Manifest | None:
    """The manifest of the bundle that is there already; None without one, or where it was not made here."""
    try:
        content = content_of(folder)
        return read(content, None, str(folder / MANIFEST)) if made_here.known(content_hash(content)) else None
    except ManifestError:
        return None


def finish(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, in one step and last of all, remember it, and remove parts that it does not name."""
    content = manifest.text().encode()
    path = folder / MANIFEST
    if not path.exists() or path.read_bytes() != content:
        written = path.with_name(path.name + WRITTEN)
        with written.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        written.replace(path)
    made_here.remember(content_hash(content))
    remove_others(folder, manifest)

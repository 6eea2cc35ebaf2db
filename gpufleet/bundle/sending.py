"""Parts of a bundle as they travel: a tar archive in base64, made while it is sent."""

from __future__ import annotations

import base64
import tarfile
from functools import lru_cache
from typing import TYPE_CHECKING

from gpufleet.bundle.manifest import PART_BYTES
from gpufleet.bundle.parts import WRITTEN, part_path, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from gpufleet.bundle.manifest import Part
    from gpufleet.bundle.parts import Problem

PIECE = 768 * 1024
"""Bytes that are read at a time."""


def batches(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Put small parts together, so that hundreds of them need no hundreds of round trips.

    Args:
        parts: what is to be sent, in order.

    Yields:
        Parts of no more than `PART_BYTES` together, as long as each of them is none.
    """
    batch: list[Part] = []
    for part in parts:
        if batch and sum(each.size for each in batch) + part.size > PART_BYTES:
            yield batch
            batch = []
        batch.append(part)
    if batch:
        yield batch


def first_problem(folder: Path, parts: Iterable[Part]) -> Problem | None:
    """The first thing that is wrong with parts that are to be sent, None where they are as they should be.

    Many hosts may need the same part: it is read once while it stays the same file.

    Args:
        folder: the bundle's.
        parts: those that are to be sent.
    """
    return next(filter(None, (_problem(folder, part) for part in parts)), None)


def _problem(folder: Path, part: Part) -> Problem | None:
    try:
        state = part_path(folder, part.sha256).stat()
    except OSError:
        return problem(folder, part)
    return _known_problem(folder, part, (state.st_ino, state.st_size, state.st_mtime_ns))


@lru_cache(maxsize=4096)
def _known_problem(folder: Path, part: Part, _file: tuple[int, int, int]) -> Problem | None:
    return problem(folder, part)


def archive(folder: Path, parts: Sequence[Part]) -> Iterator[bytes]:
    """A tar archive of parts, in pieces; each is named as one that has not been checked yet.

    Args:
        folder: the bundle's.
        parts: those that it holds.

    Raises:
        OSError: one cannot be read, or is not as long any more as it should be.
    """
    for part in parts:
        header = tarfile.TarInfo(part.sha256 + WRITTEN)
        header.size, header.mode = part.size, 0o600
        yield header.tobuf(tarfile.USTAR_FORMAT)
        yield from _content(part_path(folder, part.sha256), part.size)
        yield bytes(-part.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _content(path: Path, size: int) -> Iterator[bytes]:
    left = size
    with path.open("rb") as stream:
        while left and (piece := stream.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
    if left:
        raise OSError(f"{path}: it was cut short while it was sent")


def base64_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Bytes as lines of base64 that can be decoded as one text: only the last one may need filling up.

    Args:
        pieces: the bytes.
    """
    rest = b""
    for piece in pieces:
        content = rest + piece
        whole = len(content) - len(content) % 3
        rest = content[whole:]
        if whole:
            yield base64.b64encode(content[:whole]).decode()
    if rest:
        yield base64.b64encode(rest).decode()

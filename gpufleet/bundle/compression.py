"""Layers compressed so that the same content gives the same bytes, on every machine and with any number of cores."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from gevent.threadpool import ThreadPoolExecutor  # real threads also where gevent has replaced Python's

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 4 * 1024 * 1024
"""Bytes that are compressed at once; a layer is as many gzip members, which is one gzip file (RFC 1952, 2.2)."""
LEVEL = 6
_GZIP_WRAPPER = 31
"""zlib's window of 32 KiB with a gzip header around it, which has neither name nor time."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class CompressionError(ValueError):
    """A layer cannot be decompressed; the message says why and what to do."""


@dataclass(frozen=True)
class Plain:
    """What a layer is uncompressed.

    Attributes:
        sha256: of its bytes.
        size: in bytes.
    """

    sha256: str
    size: int


def write_compressed(source: IO[bytes], target: IO[bytes]) -> Plain:
    """Compress a stream.

    Args:
        source: what is read to its end.
        target: where the gzip file goes.

    Returns:
        What was read.
    """
    whole, size = hashlib.sha256(), 0
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        while blocks := [block for _ in range(cores) if (block := source.read(BLOCK))]:
            packed = pool.map(_member, blocks)
            for block in blocks:
                whole.update(block)
                size += len(block)
            target.writelines(packed)
    return Plain(whole.hexdigest(), size)


def _member(block: bytes) -> bytes:
    return zlib.compress(block, LEVEL, _GZIP_WRAPPER)


@contextmanager
def decompressed(source: IO[bytes], scratch: Path) -> Iterator[IO[bytes]]:
    """A stream's content uncompressed, whether it is compressed or not.

    Args:
        source: at its beginning, and seekable.
        scratch: a folder with room for the stream as it is.

    Raises:
        CompressionError: it is damaged, or compressed in a way that this machine cannot undo.
    """
    start = source.read(4)
    source.seek(0)
    try:
        if start.startswith(_GZIP):
            with gzip.open(source) as plain:
                yield plain  # type: ignore[misc]  # a GzipFile, which reads as any file does
        elif start == _ZSTD:
            with _by_zstd(source, scratch) as plain:
                yield plain
        else:
            yield source
    except (zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise CompressionError(f"a layer is damaged: {error}") from error


@contextmanager
def _by_zstd(source: IO[bytes], scratch: Path) -> Iterator[IO[bytes]]:
    """What containers' registries hold beside gzip; Python reads it by itself from 3.14 on only."""
    program = shutil.which("zstd")
    if program is None:
        raise CompressionError("a layer is compressed with zstd: install the package zstd on this machine")
    with TemporaryFile(dir=scratch) as packed:
        shutil.copyfileobj(source, packed)
        packed.seek(0)
        with subprocess.Popen([program, "-dc"], stdin=packed, stdout=subprocess.PIPE) as process:
            if process.stdout is None:
                raise CompressionError("zstd has no output")
            yield process.stdout
        if process.returncode:
            raise CompressionError(f"a layer is damaged: zstd ended with status {process.returncode}")

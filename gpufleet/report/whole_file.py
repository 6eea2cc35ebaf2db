"""Writes a file as a whole: who reads it sees what was there before or all that is new, never half of it."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

LONGEST_PREFIX = 50
"""Characters of the file's name in the name of the temporary one, which must not become too long."""


def try_out(path: Path) -> None:
    """Find out whether `write_whole` will be able to write, and leave no trace.

    Args:
        path: of the file.

    Raises:
        OSError: it cannot be written.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder")
    if _is_replaced(path):
        handle, temporary = _beside(_target(path))
        os.close(handle)
        temporary.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Write the file. One that was there keeps its mode, a link stays; pipes and devices are simply written to.

    Args:
        path: of the file.
        content: all of it.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    if _is_replaced(path):
        _replace(_target(path), content)
    else:
        path.write_bytes(content)


def _is_replaced(path: Path) -> bool:
    """Whether it is a plain file, or will be one: replacing /dev/null would be a disaster."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def _target(path: Path) -> Path:
    """The file behind a link."""
    return Path(os.path.realpath(path))


def _beside(path: Path) -> tuple[int, Path]:
    """A temporary file in the same folder, open for writing."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:LONGEST_PREFIX]}.")
    return handle, Path(name)


def _replace(path: Path, content: bytes) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    handle, temporary = _beside(path)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _umask() -> int:
    """This process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

"""One change of the lab at a time, whoever asks: a file lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from tests.lab.progress import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for the time of the block; waits for whoever holds it.

    The file gets mode 0666, so that every user of the lab can take a lock that root made.
    """
    while True:
        make(path)
        with path.open("r+") as handle:
            _take(handle)
            if _is_still(handle, path):  # `down` removes the file while others wait for it
                yield
                return


def _take(handle: IO[str]) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another process works on the lab, waiting for it")
        fcntl.flock(handle, fcntl.LOCK_EX)


def _is_still(handle: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


def make(path: Path) -> None:
    """Make the lock file when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch()
        path.chmod(0o666)

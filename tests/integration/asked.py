"""What a Python program connected to, so that a test can show that it asked no network but its hosts."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Python imports it by itself at its start; hooks see every connection and every look-up of a name (PEP 578).
HOOK = """\
import os, sys
def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        address = arguments[1] if event == "socket.connect" else arguments
        if isinstance(address, tuple):
            with open(os.environ["ASKED"], "a") as log:
                log.write(f"{address[0]}\\n")
sys.addaudithook(note)
"""


@dataclass(frozen=True)
class Asked:
    """What was noted.

    Attributes:
        log: where.
    """

    log: Path

    @property
    def names(self) -> set[str]:
        """Addresses that were connected to, and names that were looked up."""
        return set(self.log.read_text().split()) if self.log.exists() else set()


@contextmanager
def noting(folder: Path) -> Iterator[Asked]:
    """Programs in Python that are started in the block note what they ask; `folder` is theirs."""
    (folder / "sitecustomize.py").write_text(HOOK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("ASKED", str(folder / "asked"))
        yield Asked(folder / "asked")

"""An SSH agent of a person, for tests."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def agent(folder: Path, comment: str) -> Iterator[dict[str, str]]:
    """The variables of an agent that holds a new key with this comment; it ends with the test.

    Args:
        folder: for the key.
        comment: of the key, which the agent tells.
    """
    said = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    own = dict(part.split("=") for part in said.replace("\n", "").split(";") if "=" in part)
    try:
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", comment, "-f", folder / "key"], check=True)
        subprocess.run(["ssh-add", "-q", folder / "key"], env={**os.environ, **own}, check=True)
        yield own
    finally:
        os.kill(int(own["SSH_AGENT_PID"]), signal.SIGTERM)

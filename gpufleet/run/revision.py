"""The revision of the deploy repository, for the stamp and the reports."""

from __future__ import annotations

import subprocess
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ONCE = Lock()
"""All hosts of a run ask, at the same time; one git is enough."""


def revision(checkout: Path) -> str | None:
    """The commit that is checked out, `4f2c91e` or `4f2c91e-dirty`.

    Args:
        checkout: the folder with deploy.py, wherever the command was called.

    Returns:
        None outside of git, and where there is no git.
    """
    with _ONCE:
        return _described(str(checkout.resolve()))


@cache
def _described(folder: str) -> str | None:
    command = ["git", "-C", folder, "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None

"""The revision of the deploy repository, for the stamp."""

from __future__ import annotations

import subprocess
from functools import cache


@cache
def revision() -> str | None:
    """The commit that is checked out in the current folder, `4f2c91e` or `4f2c91e-dirty`; None outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None

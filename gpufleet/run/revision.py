"""The revision of the deploy repository, for the stamp and the reports."""

from __future__ import annotations

import subprocess
from functools import cache
from threading import Lock

_ONCE = Lock()
"""All hosts of a run ask, at the same time; one git is enough."""


def revision() -> str | None:
    """The commit that is checked out in the current folder, `4f2c91e` or `4f2c91e-dirty`; None outside of git."""
    with _ONCE:
        return _described()


@cache
def _described() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None

"""Who made a host or a snapshot: so that what a killed test run left is found and removed by the next one."""

from __future__ import annotations

import os
from pathlib import Path

LABEL = "gpufleet.owner"
NOBODY = "nobody"


def this_process() -> str:
    """This process, told from a later one with the same id by the time of its start."""
    return f"{os.getpid()}-{_started(os.getpid())}"


def this_session() -> str:
    """The test session that this process works for: with several workers the process that started them."""
    pid = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return f"{pid}-{_started(pid)}"


def alive(mark: str) -> bool:
    """Whether the process that `this_process` marked still runs; `nobody` counts as alive."""
    if mark == NOBODY:
        return True
    pid, _, started = mark.partition("-")
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    try:
        # Field 22 of proc(5)'s stat, counted after the parenthesised name, which may hold spaces.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""

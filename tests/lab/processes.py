"""Find and end processes that a killed run of the lab left behind."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# In the environment of every program that the lab runs, and of what those run in turn.
MARK = "GPUFLEET_LAB_RUNS=1"
PATIENCE_SECONDS = 10


def command_line(pid: int) -> list[str]:
    """The words of a process's command line; empty when it has ended."""
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).rstrip("\0").split("\0")
    except OSError:
        return []


def find(wanted: Callable[[int], bool]) -> list[int]:
    """The ids of all processes that `wanted` says yes to, this one left out."""
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if pid != os.getpid() and wanted(pid)]


def children(pid: int) -> list[int]:
    """The ids of a process's children."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in path.read_text().split()]
    return found


def left_by_a_run(pid: int) -> bool:
    """Whether a process descends from a program that the lab ran (`command.run`), on this machine and not in a host."""
    process = Path("/proc", str(pid))
    try:
        here = (process / "ns/pid").readlink() == Path("/proc/self/ns/pid").readlink()
        return here and os.fsencode(MARK) in (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def end(wanted: Callable[[int], bool]) -> None:
    """End the processes that `wanted` says yes to, kindly first, so that they can tidy up behind themselves."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in find(wanted):
            kill(pid, number)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while find(wanted) and time.monotonic() < deadline:
            time.sleep(0.1)


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may have ended meanwhile."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)

"""Times programs: wall clock and CPU of each run, and what a series of them comes to."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LONGEST = 600
"""Seconds until a program is given up."""


@dataclass(frozen=True)
class Run:
    """One run of a program.

    Attributes:
        code: its exit code.
        output: what it printed to standard output, then to standard error.
        seconds: wall clock.
        cpu: seconds of CPU on this machine, its children's included.
    """

    code: int
    output: str
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Series:
    """What several runs took, in seconds.

    Attributes:
        seconds: of each run.
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.seconds):.2f}-{max(self.seconds):.2f})"


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What every program is run with: the same for all.

    Args:
        given: this process's environment. PYTHONDONTWRITEBYTECODE is left out, without which Python compiles what it
            imports once and not at each start; so is what would have a program print colours.
    """
    left_out = {"PYTHONDONTWRITEBYTECODE", "FORCE_COLOR", "ANSIBLE_FORCE_COLOR"}
    return {name: value for name, value in given.items() if name not in left_out} | {"NO_COLOR": "1"}


def run(command: Sequence[str], *, folder: Path, variables: Mapping[str, str] | None = None) -> Run:
    """Run a program to its end.

    Args:
        command: the program with its arguments.
        folder: where it runs.
        variables: of its environment, besides this process's own.
    """
    before, began = _children(), time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(os.environ) | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    return Run(done.returncode, done.stdout + done.stderr, time.monotonic() - began, _children() - before)


def load() -> float:
    """The machine's load average over the last minute."""
    return os.getloadavg()[0]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

"""How a check grows with the number of hosts: simulated ones, each in full, with the answers of a real one."""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import lab_hosts
from benchmarks.measure import load, run
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COUNTS = (1, 50, 100, 250, 500)
TOLERANCE = 1.25
"""How much more a host may cost among many than among few: CPU of a busy machine differs by a fifth between runs."""
COLUMNS = {
    "hosts": "{:6d}",
    "seconds": "{:8.2f}",
    "cpu": "{:8.2f}",
    "megabytes": "{:10.1f}",
    "lines": "{:6d}",
    "report_seconds": "{:15.3f}",
    "commands": "{:9d}",
    "load": "{:5.1f}",
}


class NotLinearError(RuntimeError):
    """A host costs more among many hosts than among few."""


def simulated(counts: Sequence[int] = COUNTS) -> list[dict[str, Any]]:
    """Check so many simulated hosts, each number in a process of its own.

    Args:
        counts: the numbers of hosts.

    Returns:
        For each what it took, as `simulated_fleet.simulate` says, and the load average behind it.

    Raises:
        SystemExit: a check failed or found something.
    """
    with lab_hosts.converged(1) as (lab, hosts, declared), tempfile.TemporaryDirectory() as folder:
        inventory = lab.inventory(hosts, **declared.for_gpufleet(hosts[0].user))
        recording = str(Path(folder) / "recording.json")
        _module("record", str(inventory), recording)
        _module("simulated_fleet", "1", recording)  # what is compiled at the first start is so from now on
        return [{**json.loads(_module("simulated_fleet", str(count), recording)), "load": load()} for count in counts]


def _module(name: str, *arguments: str) -> str:
    """Run a module of this package in a process of its own; the first line that it printed."""
    done = run([sys.executable, "-m", f"benchmarks.{name}", *arguments], folder=CHECKOUT)
    if done.code:
        raise SystemExit(f"{name} {' '.join(arguments)}: {done.output[-3000:]}")
    return done.output.partition("\n")[0]


def per_host(rows: Sequence[Mapping[str, float]], what: str) -> list[float]:
    """What each further host costs, from each row to the next one.

    Args:
        rows: by number of hosts.
        what: a column.
    """
    return [(more[what] - few[what]) / (more["hosts"] - few["hosts"]) for few, more in pairwise(rows)]


def insist_on_linear(rows: Sequence[Mapping[str, float]], tolerance: float = TOLERANCE) -> dict[str, float]:
    """Make sure that the last hosts cost no more each than the first ones did.

    Args:
        rows: by number of hosts, at least three.
        tolerance: how many times as much the last step may cost per host as the first one.

    Returns:
        For CPU, wall clock and memory, how many times as much it costs.

    Raises:
        NotLinearError: more than the tolerance.
    """
    growth = {}
    for what in ("cpu", "seconds", "megabytes"):
        first, *_, last = per_host(rows, what)
        growth[what] = last / first
        if growth[what] > tolerance:
            raise NotLinearError(f"{what} per host: {first:.4f} at first, {last:.4f} in the end")
    return growth


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows, with what their columns are; megabytes are the most that was in memory."""
    widths = {name: len(form.format(0 if form.endswith("d}") else 0.0)) for name, form in COLUMNS.items()}
    head = " ".join(f"{name:>{max(widths[name], len(name))}}" for name in COLUMNS)
    lines = [
        " ".join(f"{form.format(row[name]):>{max(widths[name], len(name))}}" for name, form in COLUMNS.items())
        for row in rows
    ]
    return "\n".join([head, *lines])

"""Answers of the benchmark's program to try its reports with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.bench.model import BenchReport, HostBench
from gpufleet.bench.program import cases, limits, timing
from gpufleet.bench.program.answer import exit_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.bench.program.case import Case

H100: dict[str, Any] = {
    "uuid": "GPU-3d1a5a2e-6a3e-6c6b-0d1c-0d9a3c7f5b11",
    "name": "NVIDIA H100 80GB HBM3",
    "compute_capability": "9.0",
    "memory_free_bytes": 84_000_000_000,
    "memory_total_bytes": 85_000_000_000,
    "multiprocessors": 132,
    "multiprocessor_threads": 2048,
    "clock_khz": 1_980_000,
    "memory_clock_khz": 2_619_000,
    "memory_bus_bits": 5120,
    "link_generation": 5,
    "link_lanes": 16,
}
SECONDS = [0.0012, 0.0010, 0.0011] * 7


def measurement(case: Case, gpu: Mapping[str, Any], status: str = "measured", why: str | None = None) -> dict[str, Any]:
    """What the program says of one case, by the program's own arithmetic, on such a GPU."""
    found: dict[str, Any] = dict.fromkeys(("repeats", "median", "min", "max", "limit", "share", "limit_words"))
    found |= {"name": case.name, "title": case.title, "unit": case.unit, "status": status, "why": why, "size": None}
    if status == "measured":
        found |= timing.figures(case, 2.7, SECONDS) | {"size": "1,000 elements"}
        if case.limit:
            found |= limits.compared(found["median"], limits.limits(gpu)[case.limit])
    return found


def answer(status: str = "measured", why: str | None = None, **different: object) -> dict[str, Any]:
    """An answer in which the first case ended like this and all others were measured; simulated ones all are.

    The GPU is an H100 that differs by what else is given.
    """
    gpu = H100 | different
    others = "simulated" if status == "simulated" else "measured"
    first, *rest = cases.CASES
    measurements = [measurement(first, gpu, status, why), *(measurement(case, gpu, others) for case in rest)]
    found = {
        "schema_version": "1.0",
        "simulated": status == "simulated",
        "why": None,
        "packages": {"python": "3.13.5", "numba": "0.68.1", "numba-cuda": "0.30.4", "numpy": "2.4.6"},
        "driver": "580.159.04",
        "driver_cuda": "13.0",
        "runtime": "13.0",
        "gpus": [{"why": None, "measurements": measurements, **gpu}],
        "seconds": 5.2,
    }
    return found | {"exit_code": exit_code(found)}


def report(*hosts: HostBench, signal: int | None = None) -> BenchReport:
    """A run over these hosts."""
    started = "2026-11-22T12:00:00+00:00"
    return BenchReport(inventory="inventory.py", limits=(), started=started, seconds=9.0, hosts=hosts, signal=signal)

"""How long something takes, by the GPU's clock or the host's."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from gpufleet.bench.program.imported import cuda

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gpufleet.bench.program.case import Case, Trial

WARM_UP_SECONDS = 0.1
WARM_UP_RUNS = 3


def by_events(run: Callable[[], None], stream: Any, together: int) -> float:  # noqa: ANN401 - Numba's stream
    """Seconds of one run by the GPU's clock; one in front keeps the GPU busy until the timed ones are handed over."""
    start, end = cuda.event(), cuda.event()
    run()
    start.record(stream)
    for _ in range(together):
        run()
    end.record(stream)
    end.synchronize()
    return float(cuda.event_elapsed_time(start, end)) / 1000 / together


def by_clock(run: Callable[[], None]) -> float:
    """Seconds until one run has ended."""
    before = time.perf_counter()
    run()
    cuda.synchronize()
    return time.perf_counter() - before


def timed(trial: Trial) -> list[float]:
    """Seconds of each repeat, once the GPU is warm: compiled for, its clocks up, the host's pages touched."""
    begun, runs = time.monotonic(), 0
    while runs < WARM_UP_RUNS or time.monotonic() - begun < WARM_UP_SECONDS:
        by_clock(trial.run)
        runs += 1
    if trial.stream is None:
        return [by_clock(trial.run) for _ in range(trial.repeats)]
    return [by_events(trial.run, trial.stream, trial.together) for _ in range(trial.repeats)]


def figures(case: Case, work: float, seconds: Sequence[float]) -> dict[str, Any]:
    """The median, the lowest and the highest figure: a rate, or for `us` a time."""
    ordered = sorted([each * work if case.unit == "us" else work / each for each in seconds])
    values = {"median": statistics.median(ordered), "min": ordered[0], "max": ordered[-1]}
    return {"repeats": len(ordered), **{name: round(value, 3) for name, value in values.items()}}

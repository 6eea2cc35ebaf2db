"""The chain of fused multiply-adds, which arithmetic limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.bench.program.case import BLOCK, Trial
from gpufleet.bench.program.identity import simulated
from gpufleet.bench.program.imported import cuda, np
from gpufleet.bench.program.kernels import UNROLLED, turn
from gpufleet.bench.program.timing import WARM_UP_RUNS, by_clock, by_events
from gpufleet.bench.program.vectors import TOGETHER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Array = Any
    """numpy's or Numba's: both may be missing where this is checked."""

STEP = 8
"""Fused multiply-adds of one step."""
TURN = 0.5
"""The factor e of the chain; no rounding in either type."""
FMA_SECONDS = 0.003
RESIDENT = 2048
"""Threads that a multiprocessor holds where the driver does not tell."""
WAVES = 4
TOLERANCES = {"float32": 1e-4, "float64": 1e-11}
"""Of the chain's end, as a part of the largest. Rounding makes 1e-5 of it in 20,000 steps of float32, and 5e-14 of
float64 (run with numpy); one step too many makes about 0.5."""
SIMULATED_BLOCK = 32


def fma_chain(gpu: Mapping[str, Any], kind: str) -> Trial:
    """Random points, as many threads as fill the GPU four times, rounds for about 3 ms."""
    block = SIMULATED_BLOCK if simulated() else BLOCK
    filling = (gpu["multiprocessors"] or 1) * (gpu["multiprocessor_threads"] or RESIDENT) // BLOCK
    blocks = 1 if simulated() else filling * WAVES
    points = (np.random.default_rng(2).random(blocks * block + STEP - 1) * 2 - 1).astype(kind)
    start, end = cuda.to_device(points), cuda.to_device(np.full(blocks * block, np.nan, kind))
    stream, e = cuda.stream(), points.dtype.type(TURN)
    launch = cuda.jit(turn)[blocks, block, stream]

    def run(rounds: int) -> None:
        launch(start, e, rounds, end)

    rounds = 1 if simulated() else enough_rounds(run, stream)

    def wrong() -> str | None:
        off = difference(end.copy_to_host(), turned(points, rounds * UNROLLED))
        return f"off by {off:g} of the largest value" if not off <= TOLERANCES[kind] else None

    work = 2 * STEP * UNROLLED * rounds * blocks * block / 1e9
    size = f"{blocks * block:,} threads, {rounds * UNROLLED:,} steps"
    return Trial(size, lambda: run(rounds), wrong, work, stream, TOGETHER)


def enough_rounds(run: Callable[[int], None], stream: Any) -> int:  # noqa: ANN401 - Numba's stream
    """Rounds of the chain that take about 3 ms here."""
    few = 16
    by_clock(lambda: run(few))  # compiles
    seconds = min(by_events(lambda: run(few), stream, 1) for _ in range(WARM_UP_RUNS))
    return max(1, round(few * FMA_SECONDS / seconds))


def turned(points: Array, steps: int) -> Array:
    """What numpy makes of the chain: a power of the matrix of one step, in float64."""
    step = np.array([[1, TURN], [-TURN, 1 - TURN * TURN]])
    of_x, of_y = np.linalg.matrix_power(step, steps).sum(axis=0)
    values = points.astype(np.float64)
    threads = values.size - STEP + 1
    return sum((of_y if k % 2 else of_x) * values[k : k + threads] for k in range(STEP))


def difference(result: Array, expected: Array) -> float:
    """The largest difference, as a part of the largest expected value; not a number where one of them is none."""
    return float(np.abs(result - expected).max() / np.abs(expected).max())

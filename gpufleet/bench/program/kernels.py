"""The kernels. Not decorated, so that they can be read where Numba is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.bench.program.imported import cuda

if TYPE_CHECKING:
    Array = Any
    """numpy's or Numba's: both may be missing where this is checked."""

UNROLLED = 32
"""Steps of the FMA chain between two branches. LLVM no longer unrolls 64."""


def add(a: Array, b: Array, c: Array) -> None:
    """Write c = a + b, one element a thread."""
    i = cuda.grid(1)
    if i < c.size:
        c[i] = a[i] + b[i]


def turn(start: Array, e: float, rounds: int, end: Array) -> None:
    """Turn four points for so many rounds, and write the sum of where they end."""
    i = cuda.grid(1)
    x0, y0, x1, y1 = start[i], start[i + 1], start[i + 2], start[i + 3]
    x2, y2, x3, y3 = start[i + 4], start[i + 5], start[i + 6], start[i + 7]
    back = -e
    for _ in range(rounds):
        for _ in range(UNROLLED):
            x0 = cuda.fma(e, y0, x0)
            x1 = cuda.fma(e, y1, x1)
            x2 = cuda.fma(e, y2, x2)
            x3 = cuda.fma(e, y3, x3)
            y0 = cuda.fma(back, x0, y0)
            y1 = cuda.fma(back, x1, y1)
            y2 = cuda.fma(back, x2, y2)
            y3 = cuda.fma(back, x3, y3)
    end[i] = x0 + x1 + x2 + x3 + y0 + y1 + y2 + y3


def count(launches: Array) -> None:
    """Count a launch; for one thread."""
    launches[0] += 1

"""The vector addition, which the GPU's memory limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.bench.program.case import BLOCK, Failure, Trial
from gpufleet.bench.program.identity import simulated
from gpufleet.bench.program.imported import cuda, np
from gpufleet.bench.program.kernels import add

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Array = Any
    """numpy's or Numba's: both may be missing where this is checked."""

ELEMENTS = 1 << 28
PIECE = 1 << 24
"""Elements that are prepared and checked at once: the host holds no whole array of the GPU's."""
SHIFTS = 1 << 16
"""Further random numbers behind a piece, so that each piece of each array starts elsewhere in them."""
SIMULATED_ELEMENTS = 1000
TOGETHER = 5
"""Launches timed as one."""


def vector_add(gpu: Mapping[str, Any]) -> Trial:
    """Two arrays of random numbers, and a third that holds none."""
    elements = SIMULATED_ELEMENTS if simulated() else fitting(gpu["memory_free_bytes"])
    numbers = np.random.default_rng(1).random(PIECE + SHIFTS if not simulated() else SHIFTS * 2, np.float32)
    a, b, c = (cuda.device_array(elements, np.float32) for _ in range(3))
    for place, one, other in pieces(numbers, elements):
        a[place].copy_to_device(one)
        b[place].copy_to_device(other)
        c[place].copy_to_device(np.full_like(one, np.nan))
    stream = cuda.stream()
    launch = cuda.jit(add)[-(-elements // BLOCK), BLOCK, stream]

    def wrong() -> str | None:
        off, found, expected = 0, np.empty(PIECE, np.float32), np.empty(PIECE, np.float32)
        for place, one, other in pieces(numbers, elements):
            size = one.size
            c[place].copy_to_host(found[:size])
            off += int(np.count_nonzero(found[:size] != np.add(one, other, out=expected[:size])))
        return f"{off} of {elements} elements are not what numpy adds up" if off else None

    return Trial(f"{elements:,} elements", lambda: launch(a, b, c), wrong, 12 * elements / 1e9, stream, TOGETHER)


def fitting(free: int) -> int:
    """Elements of the vector addition that go into half of the free memory, in whole blocks.

    Args:
        free: bytes.

    Raises:
        Failure: not even a block does.
    """
    elements = min(ELEMENTS, free // 2 // 12 // BLOCK * BLOCK)
    if elements < BLOCK:
        raise Failure(f"the GPU has {free} bytes of memory free")
    return elements


def pieces(numbers: Array, elements: int) -> Iterator[tuple[slice, Array, Array]]:
    """Where each piece of the arrays lies, and what the two that are added hold there."""
    for index, start in enumerate(range(0, elements, PIECE)):
        size = min(PIECE, elements - start)
        one, other = index * 1009, SHIFTS // 2 + index * 2003
        yield slice(start, start + size), numbers[one : one + size], numbers[other : other + size]

"""Compile one kernel: the packages of an image fit each other. Needs no GPU."""

from __future__ import annotations

import sys

from numba import cuda, float32

CAPABILITY = (7, 5)
"""Of the oldest GPU that CUDA 12 and 13 both know."""


def double(values):  # noqa: ANN001, ANN201 - Numba compiles it, types come from the signature
    """Double a vector in place."""
    i = cuda.grid(1)
    if i < values.size:
        values[i] *= 2


ptx, _ = cuda.compile_ptx(double, (float32[:],), cc=CAPABILITY)
sys.exit(0 if "sm_75" in ptx else "refused: the kernel was compiled for another GPU than it was asked for")

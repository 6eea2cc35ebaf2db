"""All that is measured, in order."""

from __future__ import annotations

from gpufleet.bench.program.case import Case
from gpufleet.bench.program.chain import fma_chain
from gpufleet.bench.program.copies import copy, launches
from gpufleet.bench.program.vectors import vector_add

CASES = (
    Case("vector_add", "vector add, float32", "GB/s", "memory", vector_add),
    Case("fma_float32", "FMA chain, float32", "GFLOP/s", "float32", lambda gpu: fma_chain(gpu, "float32")),
    Case("fma_float64", "FMA chain, float64", "GFLOP/s", "float64", lambda gpu: fma_chain(gpu, "float64")),
    Case("to_gpu_pinned", "to the GPU, pinned memory", "GB/s", "link", lambda _: copy(pinned=True, to_gpu=True)),
    Case("to_gpu_pageable", "to the GPU, pageable memory", "GB/s", "link", lambda _: copy(pinned=False, to_gpu=True)),
    Case("from_gpu_pinned", "from the GPU, pinned memory", "GB/s", "link", lambda _: copy(pinned=True, to_gpu=False)),
    Case(
        "from_gpu_pageable", "from the GPU, pageable memory", "GB/s", "link", lambda _: copy(pinned=False, to_gpu=False)
    ),
    Case("launch", "launch of a kernel until it ended", "us", "", lambda _: launches()),
)

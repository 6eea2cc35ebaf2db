"""Copies between host and GPU, and launches."""

from __future__ import annotations

from gpufleet.bench.program.case import Trial
from gpufleet.bench.program.identity import simulated
from gpufleet.bench.program.imported import cuda, np
from gpufleet.bench.program.kernels import count

COPIED, SIMULATED_COPY = 128 << 20, 1 << 20
"""Bytes."""
LAUNCH_REPEATS = 200


def copy(*, pinned: bool, to_gpu: bool) -> Trial:
    """Random bytes on one side, others on the other."""
    size = (SIMULATED_COPY if simulated() else COPIED) // 4
    numbers = np.random.default_rng(3).integers(0, 1 << 32, size, np.uint32)
    here = cuda.pinned_array(size, np.uint32) if pinned else np.empty(size, np.uint32)
    here[:] = numbers if to_gpu else ~numbers
    there = cuda.to_device(~numbers if to_gpu else numbers)
    stream = cuda.stream() if pinned else None

    def run() -> None:
        if to_gpu:
            there.copy_to_device(here, stream=stream or 0)
        else:
            there.copy_to_host(here, stream=stream or 0)

    def wrong() -> str | None:
        off = int(np.count_nonzero((there.copy_to_host() if to_gpu else here) != numbers))
        return f"{off} of {size} numbers did not arrive" if off else None

    return Trial(f"{size * 4 >> 20} MiB", run, wrong, size * 4 / 1e9, stream)


def launches() -> Trial:
    """A counter on the GPU and one here."""
    there, here = cuda.to_device(np.zeros(1, np.int64)), [0]
    launch = cuda.jit(count)[1, 1]

    def run() -> None:
        launch(there)
        here[0] += 1

    def wrong() -> str | None:
        counted = int(there.copy_to_host()[0])
        return f"{here[0]} launches, and the kernel ran {counted} times" if counted != here[0] else None

    return Trial("1 thread", run, wrong, 1e6, repeats=LAUNCH_REPEATS)

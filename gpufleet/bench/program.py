"""How fast is a GPU from Python? One file, so that it can be sent into any container that has Numba.

    python gpufleet/bench/program.py [--json]                             on this machine
    docker exec -i CONTAINER python - --json < gpufleet/bench/program.py  in a container, without a copy inside

Every GPU that is visible is measured, one after the other. A figure is the median of at least 20 repeats after a
warm-up of at least 0.1 s, shown with the slowest and the fastest of them; first the result is held against numpy, and
where it is wrong no rate is given. How the figures are made:

- Vector addition: c = a + b over 2^28 float32, or what fits into half of the free memory, one element a thread, of 12
  bytes: two numbers read and one written. Five launches between two CUDA events make one repeat.
- FMA chain: every thread turns four points on ellipses by x += e y, y -= e x, that is 8 independent chains of fused
  multiply-adds, 256 of them in a row before a branch; as many rounds as take about 3 ms, two operations each. Compiled
  for compute capability 9.0 that is 256 FFMA and 5 other instructions a round: 98 % of the limit can be reached.
- Copies: 128 MiB each way. From and to pinned memory by CUDA events; pageable memory by the host's clock, until the
  copy has ended, because the CPU does a part of it.
- Launch: from the call in Python until the host knows that the kernel, one thread that counts, has ended; by the host's
  clock. Most of it is Numba's own work.

What events time is handed over while the GPU still works on the same thing: Python's own time is in none of it.

Limits come from what the driver tells: memory by clock and width, arithmetic by clock, multiprocessors and `LANES`,
copies by the PCI Express link. Clocks are the highest of the card, not those of the moment.

Exit code 0: all is measured; 2: a result is wrong; 4: something could not be measured, as on Numba's simulator
(NUMBA_ENABLE_CUDASIM), whose results are checked on small sizes and whose times say nothing; 6: both; 64: wrong usage.
The JSON object is the one that `schema.json` beside this file calls `answer`.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import json
import platform
import statistics
import sys
import textwrap
import time
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

try:
    import numpy as np
    from numba import cuda
    from numba.cuda.core import config
    from numba.cuda.cudadrv.driver import driver
except Exception as missing:  # noqa: BLE001 - packages that do not fit together fail in many ways
    NOT_IMPORTED: Exception | None = missing
else:
    NOT_IMPORTED = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Array = Any
    """numpy's or Numba's: both may be missing where this is checked."""

SCHEMA_VERSION = "1.0"
"""The second number grows when something is added, the first when something that was there is gone or means another."""
WRONG, UNMEASURED, USAGE = 2, 4, 64
"""Exit codes."""
REPEATS = 20
LAUNCH_REPEATS = 200
TOGETHER = 5
"""Launches timed as one."""
WARM_UP_SECONDS = 0.1
WARM_UP_RUNS = 3
BEGIN_WITHIN = 50
"""Seconds after which nothing more is begun."""
GIVEN_UP = 58
"""Seconds after which the process ends whatever hangs, with what it was doing on standard error."""

BLOCK = 256
"""Threads of a block."""
ELEMENTS = 1 << 28
PIECE = 1 << 24
"""Elements that are prepared and checked at once: the host holds no whole array of the GPU's."""
SHIFTS = 1 << 16
"""Further random numbers behind a piece, so that each piece of each array starts elsewhere in them."""
COPIED, SIMULATED_COPY = 128 << 20, 1 << 20
"""Bytes."""
UNROLLED = 32
"""Steps of the FMA chain between two branches. LLVM no longer unrolls 64."""
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
SIMULATED_ELEMENTS, SIMULATED_BLOCK = 1000, 32
SIMULATED = "Numba's simulator computes on the CPU (NUMBA_ENABLE_CUDASIM is set): its times say nothing"

LANES = {
    "5.0": (128, 4), "5.2": (128, 4), "5.3": (128, 4), "6.0": (64, 32), "6.1": (128, 4), "6.2": (128, 4),
    "7.0": (64, 32), "7.5": (64, 2), "8.0": (64, 32), "8.6": (128, 2), "8.7": (128, 2), "8.9": (128, 2),
    "9.0": (128, 64), "10.0": (128, 64), "12.0": (128, 2),
}  # fmt: skip
"""Multiply-adds of float32 and of float64 that a multiprocessor ends in a clock, by compute capability.

CUDA C++ Programming Guide, "Throughput of Native Arithmetic Instructions":
https://docs.nvidia.com/cuda/cuda-c-programming-guide/#throughput-of-native-arithmetic-instructions
"""
LINK = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}
"""Gigabytes a second that a lane of PCI Express carries one way, by generation, after line coding."""
ATTRIBUTES = {
    "multiprocessors": "MULTIPROCESSOR_COUNT",
    "multiprocessor_threads": "MAX_THREADS_PER_MULTIPROCESSOR",
    "clock_khz": "CLOCK_RATE",
    "memory_clock_khz": "MEMORY_CLOCK_RATE",
    "memory_bus_bits": "GLOBAL_MEMORY_BUS_WIDTH",
}
"""https://docs.nvidia.com/cuda/cuda-driver-api/group__CUDA__TYPES.html, CU_DEVICE_ATTRIBUTE_..."""
ABOVE = 1.02
"""A share that shows that the limit is none: a card that is attached in another way than it says."""
WIDTH = 100


class Failure(Exception):  # noqa: N818 - it says something about the GPU, not about the program
    """Something could not be measured; the message says why."""


# The kernels. Not decorated, so that this file can be read where Numba is not.


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


# What is measured: each is prepared on the current GPU, run, and its result compared.


@dataclass
class Trial:
    """One measurement, prepared.

    Attributes:
        size: of one run, in words.
        run: does it once; what it starts on the GPU goes on.
        wrong: says what of the result is wrong, None when all is right.
        work: what one run does, in the unit of the measurement, times a second.
        stream: that the GPU's work goes into; without one it is timed by the host's clock.
        together: runs that are timed as one.
        repeats: how often.
    """

    size: str
    run: Callable[[], None]
    wrong: Callable[[], str | None]
    work: float
    stream: Any = None
    together: int = 1
    repeats: int = REPEATS


class Case(NamedTuple):
    """Something to measure.

    Attributes:
        name: for programs.
        title: for people.
        unit: of its figures.
        limit: the limit that it is held against, empty for none.
        prepare: makes a trial of it; told of the GPU.
    """

    name: str
    title: str
    unit: str
    limit: str
    prepare: Callable[[Mapping[str, Any]], Trial]


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


# Timing.


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


# The limits.


class Limit(NamedTuple):
    """A limit of a card.

    Attributes:
        value: None where it is not known.
        words: what it is made of, or why it is not known.
    """

    value: float | None
    words: str


def limits(gpu: Mapping[str, Any]) -> dict[str, Limit]:
    """The limits of a GPU, in gigabytes a second and 10^9 operations a second.

    Args:
        gpu: as `identity` describes it.
    """
    return {
        "memory": memory_limit(gpu),
        "float32": arithmetic_limit(gpu, "float32"),
        "float64": arithmetic_limit(gpu, "float64"),
        "link": link_limit(gpu),
    }


def memory_limit(gpu: Mapping[str, Any]) -> Limit:
    """Width times clock, twice: data goes at both edges of the clock."""
    bits, clock = gpu["memory_bus_bits"], gpu["memory_clock_khz"]
    if " MIG " in gpu["name"]:
        return Limit(None, "this is a part of a GPU (MIG), and what it has of the memory's width is not told")
    if not bits or not clock:
        return Limit(None, "the driver does not tell the memory's clock and width")
    return Limit(bits / 8 * clock * 2 / 1e6, f"memory, {bits:,} bits x {clock / 1000:,.0f} MHz x 2")


def arithmetic_limit(gpu: Mapping[str, Any], kind: str) -> Limit:
    """Multiprocessors times lanes times clock, twice: a multiply-add is two operations."""
    count_, clock, capability = gpu["multiprocessors"], gpu["clock_khz"], gpu["compute_capability"]
    if capability not in LANES:
        return Limit(None, f"how many lanes a multiprocessor of compute capability {capability} has is not known here")
    if not count_ or not clock:
        return Limit(None, "the driver does not tell the clock or the number of multiprocessors")
    lanes = LANES[capability][kind == "float64"]
    words = f"{kind}, {count_} multiprocessors x {lanes} lanes x {clock / 1000:,.0f} MHz x 2"
    return Limit(count_ * lanes * clock * 2 / 1e6, words)


def link_limit(gpu: Mapping[str, Any]) -> Limit:
    """Lanes times what each carries."""
    generation, lanes = gpu["link_generation"], gpu["link_lanes"]
    if generation not in LINK or not lanes:
        return Limit(None, "the driver does not tell the generation and width of the PCI Express link")
    return Limit(LINK[generation] * lanes, f"PCI Express {generation}.0 x{lanes}")


def compared(median: float, limit: Limit) -> dict[str, Any]:
    """A figure as a part of its limit; without one where the limit is not known.

    Args:
        median: the figure.
        limit: in the same unit.
    """
    if limit.value is None:
        return {"limit": None, "share": None, "limit_words": limit.words}
    share = median / limit.value
    if share > ABOVE:
        words = f"measured above {limit.value:,.0f}, what {limit.words} would allow: that is not what limits it"
        return {"limit": None, "share": None, "limit_words": words}
    return {"limit": round(limit.value, 1), "share": round(share, 4), "limit_words": limit.words}


# What is there.


def simulated() -> bool:
    """Whether Numba's simulator stands in for the GPU."""
    return bool(config.ENABLE_CUDASIM)


def identity() -> dict[str, Any]:
    """The current GPU."""
    device, memory = cuda.get_current_device(), cuda.current_context().get_memory_info()
    uuid = str(device.uuid)
    found = {
        "uuid": uuid,
        "name": "simulator" if simulated() else text_of(device.name),
        "compute_capability": dotted(device.compute_capability),
        "memory_free_bytes": None if simulated() else int(memory.free),
        "memory_total_bytes": None if simulated() else int(memory.total),
    }
    found |= {name: attribute(device, name_of) for name, name_of in ATTRIBUTES.items()}
    return found | Nvml().link(uuid)


def attribute(device: Any, name: str) -> int | None:  # noqa: ANN401 - Numba's device
    """A number that the driver tells about a device; None where it does not, or says 0."""
    try:
        return int(getattr(device, name)) or None
    except Exception:  # noqa: BLE001 - an attribute that this driver, or the simulator, does not have
        return None


class Nvml:
    """What only NVIDIA's management library tells; it is there where `nvidia-smi` is.

    https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceQueries.html
    """

    def __init__(self) -> None:
        try:
            self.library = None if simulated() else ctypes.CDLL("libnvidia-ml.so.1")
        except OSError:
            self.library = None
        if not self.did("nvmlInit_v2"):
            self.library = None

    def did(self, function: str, *arguments: object) -> bool:
        """Call a function; whether it is there and did what it should (NVML_SUCCESS is 0)."""
        called = getattr(self.library, function, None)
        return called is not None and called(*arguments) == 0

    def driver(self) -> str | None:
        """The driver's version, as `nvidia-smi` shows it; None where it cannot be had."""
        text = ctypes.create_string_buffer(80)
        return text.value.decode() if self.did("nvmlSystemGetDriverVersion", text, len(text)) else None

    def link(self, uuid: str) -> dict[str, int | None]:
        """The highest generation of PCI Express and the lanes that a GPU and its slot agree on."""
        found: dict[str, int | None] = {"link_generation": None, "link_lanes": None}
        handle = ctypes.c_void_p()
        if not self.did("nvmlDeviceGetHandleByUUID", uuid.encode(), ctypes.byref(handle)):
            return found
        asked = {"link_generation": "nvmlDeviceGetMaxPcieLinkGeneration", "link_lanes": "nvmlDeviceGetMaxPcieLinkWidth"}
        for name, function in asked.items():
            value = ctypes.c_uint()
            if self.did(function, handle, ctypes.byref(value)):
                found[name] = value.value or None
        return found


def packages() -> dict[str, str]:
    """Versions of Python and of the packages that compile and launch."""
    names = ("numba-cuda", "numba", "numpy")
    found = {dist.name: dist.version for dist in metadata.distributions() if dist.name in names}
    return {"python": platform.python_version(), **dict(sorted(found.items()))}


def dotted(version: Sequence[int]) -> str:
    """`(9, 0)` as `9.0`."""
    return ".".join(str(part) for part in version)


def text_of(name: object) -> str:
    """A name, which some releases of Numba give as bytes."""
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


# The answer.


def one(case: Case, gpu: Mapping[str, Any], begun: float) -> dict[str, Any]:
    """One measurement, whatever becomes of it."""
    found: dict[str, Any] = {"name": case.name, "title": case.title, "unit": case.unit, "status": None}
    found |= dict.fromkeys(("why", "size", "repeats", "median", "min", "max", "limit", "share", "limit_words"))
    try:
        in_time(begun)
        trial = case.prepare(gpu)
        return found | {"size": trial.size} | outcome(case, trial, gpu)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are still measured
        return found | {"status": "failed", "why": reason(error)}


def in_time(begun: float) -> None:
    """Refuse to begin anything when the time is nearly over."""
    if time.monotonic() - begun > BEGIN_WITHIN:
        raise Failure(f"not begun, because more than {BEGIN_WITHIN} s have passed")


def outcome(case: Case, trial: Trial, gpu: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial came to: no figure without a right result."""
    cuda.synchronize()
    seconds = [by_clock(trial.run)] if simulated() else timed(trial)
    if why := trial.wrong():
        return {"status": "wrong", "why": why}
    if simulated():
        return {"status": "simulated"}
    made = figures(case, trial.work, seconds)
    return {"status": "measured", **made, **(compared(made["median"], limits(gpu)[case.limit]) if case.limit else {})}


def on_gpu(context: Any, begun: float) -> dict[str, Any]:  # noqa: ANN401 - Numba's
    """All measurements of one GPU."""
    found: dict[str, Any] = {"why": None}
    measurements: list[dict[str, Any]] = []
    try:
        with context:
            found |= identity()
            measurements += (one(case, found, begun) for case in CASES)
    except Exception as error:  # noqa: BLE001 - one GPU that is broken must not hide the others
        found["why"] = reason(error)
    return found | {"measurements": measurements}


def answer() -> dict[str, Any]:
    """What was measured, as `schema.json` describes it."""
    begun = time.monotonic()
    found: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "simulated": False, "why": None, "packages": packages()}
    found |= {"driver": None, "driver_cuda": None, "runtime": None, "gpus": []}
    try:
        measure(found, begun)
    except Exception as error:  # noqa: BLE001 - the answer tells it, whatever fails: a package, a driver
        found["why"] = reason(error)
    return found | {"seconds": round(time.monotonic() - begun, 3), "exit_code": exit_code(found)}


def measure(found: dict[str, Any], begun: float) -> None:
    """Write into an answer what there is and how fast it is."""
    if NOT_IMPORTED:
        raise NOT_IMPORTED
    config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # launches of one thread are meant
    found["simulated"] = simulated()
    if not simulated():
        found |= {"driver": Nvml().driver(), "runtime": dotted(cuda.runtime.get_version())}
        found["driver_cuda"] = dotted(driver.get_version())
    found["gpus"] = [on_gpu(context, begun) for context in list(cuda.gpus)]
    if not found["gpus"]:
        raise Failure("no GPU is visible here")


def exit_code(found: Mapping[str, Any]) -> int:
    """0 all is measured; 2 a result is wrong; 4 something was not measured; 6 both.

    Args:
        found: an answer.
    """
    states = {each["status"] for gpu in found["gpus"] for each in gpu["measurements"]}
    missing = found["why"] or any(gpu["why"] for gpu in found["gpus"]) or not states or states - {"measured", "wrong"}
    return (WRONG if "wrong" in states else 0) | (UNMEASURED if missing else 0)


def reason(error: BaseException) -> str:
    """An exception in one line."""
    said = " ".join(str(error).split())
    return said if isinstance(error, Failure) else f"{type(error).__name__}: {said}"


# For people.


def lines(found: Mapping[str, Any]) -> list[str]:
    """An answer in lines of at most 100 columns.

    Args:
        found: the answer.
    """
    shown = [f"{name} {version}" for name, version in found["packages"].items()]
    shown = [f"CUDA {found['runtime']}", *shown] if found["runtime"] else shown
    shown = [f"driver {found['driver']} (CUDA {found['driver_cuda']})", *shown] if found["driver"] else shown
    text = wrapped(", ".join(shown))
    text += wrapped(f"could not be measured: {found['why']}") if found["why"] else []
    return text + [line for gpu in found["gpus"] for line in gpu_lines(gpu)]


def gpu_lines(gpu: Mapping[str, Any]) -> list[str]:
    """One GPU: who it is, a table, the limits that it was held against."""
    if "name" not in gpu:
        return ["", *wrapped(f"a GPU could not be measured: {gpu['why']}")]
    shown = f"{gpu['name']}, {gpu['uuid']}, compute capability {gpu['compute_capability']}"
    if gpu["memory_total_bytes"]:
        shown += f", {gpu['memory_free_bytes'] / 1e9:.1f} of {gpu['memory_total_bytes'] / 1e9:.1f} GB free"
    text = ["", *wrapped(shown)]
    text += wrapped(f"could not be measured: {gpu['why']}") if gpu["why"] else []
    states = {each["status"] for each in gpu["measurements"]}
    text += wrapped(f"no rates: {SIMULATED}") if "simulated" in states else []
    if "measured" in states:
        text.append(f"  {'':46}{'median':>10}{'min':>10}{'max':>10}  {'':8}{'of limit':>9}")
    return [*text, *(line for each in gpu["measurements"] for line in row(each)), *limit_lines(gpu["measurements"])]


def row(each: Mapping[str, Any]) -> list[str]:
    """A measurement as a line of the table; more of them where there is a reason to tell."""
    title = f"{each['title']}, {each['size']}" if each["size"] and each["unit"] == "GB/s" else each["title"]
    if each["status"] == "measured":
        share = "" if each["share"] is None else f"{each['share']:.1%}".replace("%", " %")
        numbers = "".join(f"{number(each[key]):>10}" for key in ("median", "min", "max"))
        return [f"  {title:46}{numbers}  {each['unit']:8}{share:>9}".rstrip()]
    if each["status"] == "simulated":
        return [f"  {title:46}result right, no rate"]
    words = "WRONG RESULT" if each["status"] == "wrong" else "could not be measured"
    return wrapped(f"{title}: {words}: {each['why']}")


def limit_lines(measurements: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the shares are parts of, and why some have none; each once."""
    said = []
    for each in measurements:
        if each["limit"] is not None:
            said.append(f"{number(each['limit'])} {each['unit']} = {each['limit_words']}")
        elif each["limit_words"]:
            said.append(f"{each['title']} has no known limit: {each['limit_words']}")
    return [line for words in dict.fromkeys(said) for line in wrapped(f"limit: {words}" if " = " in words else words)]


def number(value: float) -> str:
    """With three digits at least: `2,752`, `50.8`, `6.74`."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004


def wrapped(words: str) -> list[str]:
    """Lines of a table's width."""
    return textwrap.wrap(words, WIDTH, initial_indent="  ", subsequent_indent="    ")


# The command line.


class Arguments(argparse.ArgumentParser):
    """A parser whose mistakes end with 64, because 2 says something about a GPU."""

    def error(self, message: str) -> NoReturn:
        """Print usage and message, and exit."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")


def main() -> int:
    """Measure and print; its exit code."""
    parser = Arguments(prog="program.py", description="Measure every GPU that is visible here with Numba.")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    asked = parser.parse_args()
    faulthandler.dump_traceback_later(GIVEN_UP, exit=True)
    found = answer()
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if asked.json else "\n".join(lines(found)) + "\n")
    code: int = found["exit_code"]
    return code


if __name__ == "__main__":
    sys.exit(main())

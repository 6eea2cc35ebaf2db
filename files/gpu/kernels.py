"""Does this environment compile and run CUDA kernels right? One file, so that it can be sent into any container.

    python kernels.py compile --cc 7.5 --cc 9.0    really compile every kernel; needs no GPU
    python kernels.py run [--gpus N]               launch every kernel on every GPU, compare with what numpy computes
    python kernels.py vector-add [--elements 2^28] how fast the GPU's memory is under a plain kernel

Each prints one JSON object on standard output, whatever happens. Exit code 0: `ok` is true; 1: it is false, and `error`
says why. `docker exec -i CONTAINER python - run < kernels.py` works without a copy inside.

The simulator (NUMBA_ENABLE_CUDASIM=1) compiles nothing: a set of packages that no GPU can use passes it. So `compile`
and `vector-add` refuse it, and `run` says `simulated: true`.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import re
import statistics
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
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
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Array = Any
    Device = Any
    """numpy's and Numba's types: both may be missing where this is checked."""

RIGHT, WRONG = 0, 1
"""Exit codes."""

BLOCK = 256
"""Threads of a block; fixed, since shared memory takes its size when a kernel is compiled."""
TILE = 16
"""Edge of a square block."""
FRACTION_BITS = 24
ESCAPED = 4 << FRACTION_BITS
"""|z|^2 at which a point has left, as a fixed-point number."""
ITERATIONS = 64
TOGETHER = 10
"""Launches timed as one: the time that Python takes to hand a launch over, about 0.1 ms, passes while the GPU works."""
GIVEN_MEMORY = 0.9
"""The part of a GPU's free memory that `vector-add` may take."""


class Failure(Exception):  # noqa: N818 - it is not always an error of the program: a wrong result is one too
    """What was asked for could not be done, or came out wrong."""


# The kernels. Not decorated: `compile` and `run` each hand them to Numba in their own way.


def vector_add(a: Array, b: Array, c: Array) -> None:
    """Write c = a + b, one element a thread."""
    i = cuda.grid(1)
    if i < c.size:
        c[i] = a[i] + b[i]


def block_sum(values: Array, total: Array) -> None:
    """Sum of all values: a grid-stride loop, a tree in shared memory, one atomic addition a block."""
    partial = cuda.shared.array(BLOCK, np.int64)
    thread = cuda.threadIdx.x
    subtotal = np.int64(0)
    for i in range(cuda.grid(1), values.size, cuda.gridsize(1)):
        subtotal += values[i]
    partial[thread] = subtotal
    cuda.syncthreads()
    half = BLOCK // 2
    while half > 0:
        if thread < half:
            partial[thread] += partial[thread + half]
        cuda.syncthreads()
        half //= 2
    if thread == 0:
        cuda.atomic.add(total, 0, partial[0])


def matrix_product(a: Array, b: Array, c: Array) -> None:
    """Write c = a b for square matrices whose edge is a multiple of TILE, tile by tile through shared memory."""
    tile_a = cuda.shared.array((TILE, TILE), np.float32)
    tile_b = cuda.shared.array((TILE, TILE), np.float32)
    column, row = cuda.grid(2)
    x, y = cuda.threadIdx.x, cuda.threadIdx.y
    element = np.float32(0)
    for start in range(0, c.shape[0], TILE):
        tile_a[y, x] = a[row, start + x]
        tile_b[y, x] = b[start + y, column]
        cuda.syncthreads()
        for k in range(TILE):
            element += tile_a[y, k] * tile_b[k, x]
        cuda.syncthreads()
    c[row, column] = element


def escape_time(real: Array, imaginary: Array, steps: Array) -> None:
    """Steps until z = z^2 + c leaves the circle, in fixed-point integers, so that CPU and GPU agree to the last bit."""
    i = cuda.grid(1)
    if i < steps.size:
        x = y = np.int64(0)
        count = 0
        while count < ITERATIONS and (x * x + y * y) >> FRACTION_BITS < ESCAPED:
            x, y = ((x * x - y * y) >> FRACTION_BITS) + real[i], ((x * y) >> (FRACTION_BITS - 1)) + imaginary[i]
            count += 1
        steps[i] = count


# What each is given, and what numpy says the result is.


class Problem(NamedTuple):
    """One launch: its arrays and the right answer.

    Attributes:
        inputs: arrays that the kernel reads.
        output: the array that it writes, as it is before the launch.
        expected: what must stand in `output` afterwards.
        blocks: shape of the grid.
        threads: shape of a block.
    """

    inputs: tuple[Array, ...]
    output: Array
    expected: Array
    blocks: Any
    threads: Any


@dataclass(frozen=True)
class Case:
    """A kernel and how it is tried.

    Attributes:
        kernel: the function.
        signature: the types that it is compiled for.
        problem: makes a problem of a given size.
        size: on a GPU.
        simulated_size: on the simulator, which runs every thread of CUDA as a thread of Python.
        tolerance: largest difference allowed, as a part of the largest expected value; 0: equal to the last bit.
    """

    kernel: Callable[..., None]
    signature: str
    problem: Callable[[int], Problem]
    size: int
    simulated_size: int
    tolerance: float = 0.0


def vectors(size: int) -> Problem:
    """Random float32; adding two is rounded the same way everywhere."""
    random = np.random.default_rng(1)
    a, b = random.random(size, np.float32), random.random(size, np.float32)
    return Problem((a, b), np.zeros(size, np.float32), a + b, blocks_for(size), BLOCK)


def numbers(size: int) -> Problem:
    """Random integers, fewer threads than numbers."""
    values = np.random.default_rng(2).integers(-(2**31), 2**31, size, np.int64)
    return Problem((values,), np.zeros(1, np.int64), values.sum(keepdims=True), blocks_for(size // 4), BLOCK)


def matrices(edge: int) -> Problem:
    """Random float32 matrices, their product in float64: the order of the additions differs."""
    random = np.random.default_rng(3)
    a, b = random.random((edge, edge), np.float32), random.random((edge, edge), np.float32)
    expected = a.astype(np.float64) @ b.astype(np.float64)
    return Problem((a, b), np.zeros_like(a), expected, (edge // TILE, edge // TILE), (TILE, TILE))


def points(edge: int) -> Problem:
    """A grid of fixed-point numbers over the Mandelbrot set."""
    reach = np.linspace(-2, 2, edge) * (1 << FRACTION_BITS)
    real, imaginary = (axis.astype(np.int64).ravel() for axis in np.meshgrid(reach, reach))
    output = np.zeros(real.size, np.int32)
    return Problem((real, imaginary), output, escape_times(real, imaginary), blocks_for(real.size), BLOCK)


def escape_times(real: Array, imaginary: Array) -> Array:
    """The same as the kernel of that name, on whole arrays."""
    x, y, steps = np.zeros_like(real), np.zeros_like(real), np.zeros(real.size, np.int32)
    for _ in range(ITERATIONS):
        inside = (x * x + y * y) >> FRACTION_BITS < ESCAPED
        new_x = ((x * x - y * y) >> FRACTION_BITS) + real
        new_y = ((x * y) >> (FRACTION_BITS - 1)) + imaginary
        x, y = np.where(inside, new_x, x), np.where(inside, new_y, y)
        steps += inside
    return steps


CASES = (
    Case(vector_add, "void(float32[::1], float32[::1], float32[::1])", vectors, 1 << 24, 1000),
    Case(block_sum, "void(int64[::1], int64[::1])", numbers, 1 << 24, 1000),
    Case(matrix_product, "void(float32[:,::1], float32[:,::1], float32[:,::1])", matrices, 1024, 32, 1e-5),
    Case(escape_time, "void(int64[::1], int64[::1], int32[::1])", points, 1024, 20),
)


def blocks_for(elements: int) -> int:
    """Blocks that have at least one thread an element."""
    return -(-elements // BLOCK)


# The three commands.


def compile_kernels(capabilities: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Compile every kernel for each compute capability, and name the compilers that did it."""
    refuse_simulator("The simulator compiles nothing")
    kernels = [compiled(case, capability) for capability in capabilities for case in CASES]
    libraries = loaded_libraries(Path("/proc/self/maps").read_text("utf-8").splitlines())
    if absent := sorted({"libnvvm", "libnvrtc"} - libraries.keys()):
        raise Failure(f"The kernels were compiled without {' and '.join(absent)}: not by the compilers of CUDA.")
    return {"runtime": dotted(cuda.runtime.get_version()), "libraries": libraries, "kernels": kernels}


def compiled(case: Case, capability: tuple[int, int]) -> dict[str, Any]:
    """The PTX of one kernel: by which release of CUDA, for which architecture, in which version of PTX, how long."""
    text, _ = cuda.compile_ptx(case.kernel, case.signature, cc=capability)
    ptx = ptx_header(text)
    if (wanted := f"sm_{capability[0]}{capability[1]}") != ptx["target"]:
        raise Failure(f"{case.kernel.__name__} was compiled for {ptx['target']}, not for {wanted}.")
    if (release := dotted(cuda.runtime.get_version())).split(".")[0] != ptx["release"].split(".")[0]:
        # Seen: where the wheel's libNVVM is missing, that of a toolkit in /usr/local is taken without a word.
        raise Failure(f"libNVVM is of CUDA {ptx['release']}, NVRTC of CUDA {release}: the driver may read but one.")
    return {
        "kernel": case.kernel.__name__,
        "compute_capability": dotted(capability),
        "libnvvm_release": ptx["release"],
        "target": ptx["target"],
        "ptx_version": ptx["version"],
        "ptx_bytes": len(text),
    }


def run_kernels(gpus: int | None) -> dict[str, Any]:
    """Run every kernel on every visible GPU, or on the first so many, and compare with numpy."""
    devices = visible(gpus)
    found = {"simulated": simulated(), **versions(), "devices": [tried(device) for device in devices]}
    return found | (wrong_results(found["devices"]) or {})


def tried(device: Device) -> dict[str, Any]:
    """One GPU: who it is, and how each kernel came out on it."""
    with device:
        return {**identity(), "kernels": [launched(case) for case in CASES]}


def launched(case: Case) -> dict[str, Any]:
    """Launch a kernel once and compare."""
    problem = case.problem(case.simulated_size if simulated() else case.size)
    output = cuda.to_device(problem.output)
    inputs = [cuda.to_device(array) for array in problem.inputs]
    cuda.jit(case.kernel)[problem.blocks, problem.threads](*inputs, output)
    result = output.copy_to_host()
    difference = relative_difference(result, problem.expected)
    return {
        "kernel": case.kernel.__name__,
        "elements": int(problem.inputs[0].size),
        "right": difference <= case.tolerance,
        "largest_difference": difference,
        "tolerance": case.tolerance,
    }


def relative_difference(result: Array, expected: Array) -> float:
    """The largest difference, as a part of the largest expected value; the largest float for what is no number."""
    if np.array_equal(result, expected):
        return 0.0
    difference = float(np.abs(result.astype(np.float64) - expected).max() / np.abs(expected).max())
    return difference if np.isfinite(difference) else sys.float_info.max


def wrong_results(devices: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What is wrong with what `run` found, None when nothing is."""
    wrong = [
        f"{kernel['kernel']} on {device['uuid']} is off by {kernel['largest_difference']:g}"
        for device in devices
        for kernel in device["kernels"]
        if not kernel["right"]
    ]
    return failed("WrongResult", "; ".join(wrong)) if wrong else None


def vector_add_rate(elements: int, repeats: int) -> dict[str, Any]:
    """The rate of c = a + b on the first visible GPU, the result checked."""
    refuse_simulator("The simulator's times say nothing")
    (device,) = visible(1)
    with device:
        enough_memory(elements)
        problem = vectors(elements)
        arrays = [cuda.to_device(array) for array in (*problem.inputs, problem.output)]
        kernel = cuda.jit(vector_add)[problem.blocks, problem.threads]
        _compiling, *seconds = [timed(kernel, arrays) for _ in range(1 + repeats)]
        if not np.array_equal(arrays[-1].copy_to_host(), problem.expected):
            raise Failure("The result of the vector addition is wrong.")
        return {**versions(), "device": identity(), "elements": elements, **rate(elements, seconds)}


def enough_memory(elements: int) -> None:
    """Refuse what the GPU cannot hold, before the host's memory is filled with it."""
    free = cuda.current_context().get_memory_info().free
    if (needed := 3 * 4 * elements) > GIVEN_MEMORY * free:
        raise Failure(f"{elements} elements take {needed} bytes, the GPU has {free} free: give fewer with --elements.")


def timed(kernel: Callable[..., None], arrays: Sequence[Array]) -> float:
    """Seconds that one launch takes on the GPU, by its own clock; the mean of `TOGETHER` in a row."""
    start, end = cuda.event(), cuda.event()
    start.record()
    for _ in range(TOGETHER):
        kernel(*arrays)
    end.record()
    end.synchronize()
    return float(cuda.event_elapsed_time(start, end)) / 1000 / TOGETHER


def rate(elements: int, seconds: Sequence[float]) -> dict[str, Any]:
    """Gigabytes a second (10^9 bytes): two float32 arrays read and one written, in the median of the repeats."""
    median = statistics.median(seconds)
    return {
        "repeats": len(seconds),
        "launches_each": TOGETHER,
        "seconds": {"median": median, "shortest": min(seconds), "longest": max(seconds)},
        "gigabytes_per_second": round(3 * 4 * elements / 1e9 / median, 1),
    }


# What is there.


def simulated() -> bool:
    """Whether Numba's simulator stands in for the GPU."""
    return bool(config.ENABLE_CUDASIM)


def refuse_simulator(why: str) -> None:
    """Stop where the simulator's answer would mislead."""
    if simulated():
        raise Failure(f"{why}: unset NUMBA_ENABLE_CUDASIM.")


def visible(gpus: int | None) -> list[Any]:
    """The GPUs that this process sees, or the first so many of them."""
    devices = list(cuda.gpus)
    if len(devices) < (gpus or 1):
        raise Failure(f"{gpus or 1} wanted, GPUs visible here: {len(devices)}.")
    return devices[:gpus]


def identity() -> dict[str, Any]:
    """The current GPU's name, its UUID as nvidia-smi writes it, and its compute capability."""
    device = cuda.get_current_device()
    name = "simulator" if simulated() else str(device.name)
    return {"name": name, "uuid": str(device.uuid), "compute_capability": dotted(device.compute_capability)}


def versions() -> dict[str, Any]:
    """The driver's version, the newest CUDA that it can run, and the CUDA that the packages here bring."""
    if simulated():
        return {"driver": None, "driver_cuda": None, "runtime": None}
    driver_cuda, runtime = dotted(driver.get_version()), dotted(cuda.runtime.get_version())
    return {"driver": driver_version(), "driver_cuda": driver_cuda, "runtime": runtime}


def driver_version() -> str | None:
    """What nvidia-smi shows as the driver's version, None where NVML cannot be asked.

    https://docs.nvidia.com/deploy/nvml-api/group__nvmlSystemQueries.html
    """
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    text = ctypes.create_string_buffer(80)
    if nvml.nvmlInit_v2() or nvml.nvmlSystemGetDriverVersion(text, len(text)):
        return None
    return text.value.decode()


def packages() -> dict[str, str]:
    """Versions of Python and of the packages that compile and launch."""
    names = ("numba-cuda", "numba", "llvmlite", "numpy", "cuda-bindings", "cuda-core")
    found = {dist.name: dist.version for dist in metadata.distributions() if dist.name in names}
    return {"python": platform.python_version(), **dict(sorted(found.items()))}


def loaded_libraries(maps: Iterable[str]) -> dict[str, str]:
    """CUDA's two compilers among the files that a process has mapped: name -> path.

    Args:
        maps: lines of /proc/self/maps.
    """
    paths = (line.split(maxsplit=5)[5].strip() for line in maps if "/" in line)
    names = ((Path(path).name.partition(".so")[0], path) for path in paths)
    return {name: path for name, path in names if name in ("libnvvm", "libnvrtc")}


def ptx_header(ptx: str) -> dict[str, str]:
    """What the top of a PTX text says: `release` of CUDA that wrote it, `version` of PTX, `target` architecture.

    https://docs.nvidia.com/cuda/parallel-thread-execution/#ptx-module-directives; the release stands in a comment.
    """
    found = re.findall(r"^(?:// .* (release)|\.(version|target)) ([\w.]+)", ptx, re.MULTILINE)
    return {release or directive: value for release, directive, value in found}


def dotted(version: Iterable[int]) -> str:
    """`(9, 0)` as `9.0`."""
    return ".".join(str(part) for part in version)


# The command line.


class Arguments(argparse.ArgumentParser):
    """A parser whose complaints become an answer like any other."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise Failure(f"{message}; {self.format_usage().strip()}")


def capability(text: str) -> tuple[int, int]:
    """`9.0` as `(9, 0)`."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def count(text: str) -> int:
    """A positive number: `1000` or `2^10`."""
    base, _, exponent = text.partition("^")
    number: int = int(base) ** int(exponent or 1)
    if number < 1:
        raise ValueError(text)
    return number


def parser() -> argparse.ArgumentParser:
    """What can be asked."""
    top = Arguments(description="Compile and run CUDA kernels, and say how it came out, as JSON.")
    commands = top.add_subparsers(dest="command", required=True)
    compile_ = commands.add_parser("compile", help="really compile every kernel; needs no GPU")
    compile_.add_argument("--cc", type=capability, action="append", required=True, help="compute capability, as 9.0")
    run = commands.add_parser("run", help="launch every kernel on every GPU, compare with numpy")
    run.add_argument("--gpus", type=count, help="only on the first so many, which must be there")
    rate_ = commands.add_parser("vector-add", help="how fast the memory of the first GPU is")
    rate_.add_argument("--elements", type=count, default=1 << 28, help="of each array, as 2^28 (default)")
    rate_.add_argument("--repeats", type=count, default=20, help="times of which the median counts (default 20)")
    return top


def carried_out(asked: argparse.Namespace) -> dict[str, Any]:
    """What a command found."""
    if NOT_IMPORTED:
        raise NOT_IMPORTED
    if asked.command == "compile":
        return compile_kernels(asked.cc)
    if asked.command == "run":
        return run_kernels(asked.gpus)
    return vector_add_rate(asked.elements, asked.repeats)


def failed(kind: str, message: str) -> dict[str, Any]:
    """The part of an answer that says what went wrong."""
    return {"ok": False, "error": {"type": kind, "message": message}}


def answer(arguments: Sequence[str]) -> dict[str, Any]:
    """Do what the command line asks, and answer it, whatever happens."""
    found: dict[str, Any] = {"command": None, "ok": True}
    try:
        asked = parser().parse_args(arguments)
        found |= {"command": asked.command, "packages": packages()}
        found |= carried_out(asked)
    except Exception as error:  # noqa: BLE001 - the answer is JSON whatever fails: a package, a compiler, a driver
        found |= failed(type(error).__name__, str(error))
    return found


def main() -> int:
    """Print the answer; its exit code."""
    found = answer(sys.argv[1:])
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return RIGHT if found["ok"] else WRONG


if __name__ == "__main__":
    sys.exit(main())

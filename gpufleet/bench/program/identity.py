"""What there is: the GPU, its driver, the packages."""

from __future__ import annotations

import ctypes
import platform
from importlib import metadata
from typing import TYPE_CHECKING, Any

from gpufleet.bench.program.imported import config, cuda

if TYPE_CHECKING:
    from collections.abc import Sequence

ATTRIBUTES = {
    "multiprocessors": "MULTIPROCESSOR_COUNT",
    "multiprocessor_threads": "MAX_THREADS_PER_MULTIPROCESSOR",
    "clock_khz": "CLOCK_RATE",
    "memory_clock_khz": "MEMORY_CLOCK_RATE",
    "memory_bus_bits": "GLOBAL_MEMORY_BUS_WIDTH",
}
"""https://docs.nvidia.com/cuda/cuda-driver-api/group__CUDA__TYPES.html, CU_DEVICE_ATTRIBUTE_..."""


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

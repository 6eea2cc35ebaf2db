"""The simulated driver as the stand-ins see it: what NVML is to the real programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = "/usr/share/nvidia-simulated-driver"
LIBRARIES = "usr/lib/*-linux-gnu"
PROGRAM = "/usr/bin/nvidia-smi"


class NvmlError(RuntimeError):
    """The driver is not there, or has no such GPU; the message is NVML's."""


class Gpu(NamedTuple):
    """One simulated GPU: its number, its UUID and the file that stands for its device node."""

    number: int
    uuid: str
    file: str


class Driver(NamedTuple):
    """The simulated driver: its version, its libraries' paths, its GPUs."""

    version: str
    libraries: tuple[str, ...]
    gpus: tuple[Gpu, ...]


def installed(root: Path = Path("/")) -> Driver:
    """The driver below `root`.

    Raises:
        NvmlError: none is there.
    """
    found = sorted(root.glob(f"{LIBRARIES}/libnvidia-ml.so.*.*"))
    match = re.search(r"\.so\.(\d[\d.]*)$", found[-1].name) if found else None
    if match is None:
        raise NvmlError("failed to initialize NVML: ERROR_LIBRARY_NOT_FOUND")
    libraries = sorted(found[-1].parent.glob(f"lib*.so.{match[1]}"))
    files = sorted(root.glob(f"{FOLDER[1:]}/gpu-*"))
    gpus = (Gpu(index, _uuid(file), _inside(root, file)) for index, file in enumerate(files))
    return Driver(match[1], tuple(_inside(root, path) for path in libraries), tuple(gpus))


def _inside(root: Path, path: Path) -> str:
    return f"/{path.relative_to(root)}"


def _uuid(file: Path) -> str:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("uuid="))

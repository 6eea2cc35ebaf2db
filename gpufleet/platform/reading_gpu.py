"""What the reading script printed about GPUs and their driver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gpufleet.platform import Gpu

if TYPE_CHECKING:
    from gpufleet.platform.report import Report

_WITH_CAPABILITY = 4
_WITHOUT_CAPABILITY = 3
_NO_DRIVER = frozenset({"nvidia-driver-assistant"})
"""Packages whose name looks like a driver's, and that hold none."""


def gpus(report: Report) -> tuple[Gpu, ...]:
    """The GPUs that `nvidia-smi` listed."""
    rows = (line.split(", ") for line in report.every("gpu"))
    return tuple(
        Gpu(uuid=row[0], driver_version=row[1], name=row[-1], compute_capability=_capability(row))
        for row in rows
        if _is_gpu(row)
    )


def gpu_error(report: Report) -> str | None:
    """Why `nvidia-smi` is there and no GPU could be read; None without `nvidia-smi` or with a GPU."""
    said = report.every("gpu_error") or [line for line in report.every("gpu") if not _is_gpu(line.split(", "))]
    if gpus(report) or not report.has("nvidia_smi"):
        return None
    return " ".join(dict.fromkeys(said)) or "nvidia-smi listed no GPU"


def driver_packages(report: Report) -> tuple[str, ...]:
    """Installed packages that hold a Linux driver of NVIDIA's, its libraries or its tools."""
    rows = report.fields("driver_package", 3)
    return tuple(sorted({name for status, name, _ in rows if status[1:2] not in ("n", "c") and name not in _NO_DRIVER}))


def foreign_libcuda(report: Report) -> str | None:
    """The `libcuda.so.1` that shadows the one that Windows brings into WSL; None when none does."""
    path = report.first("libcuda")
    return None if path is None or path.startswith("/usr/lib/wsl/") else path


def _is_gpu(row: list[str]) -> bool:
    return len(row) in (_WITHOUT_CAPABILITY, _WITH_CAPABILITY) and row[0].startswith("GPU-")


def _capability(row: list[str]) -> str | None:
    if len(row) == _WITH_CAPABILITY and re.fullmatch(r"\d+\.\d+", row[2]):
        return row[2]
    return None

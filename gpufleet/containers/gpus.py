"""Whether a running container still has the GPUs that it was made with. Pure.

A container loses them while it runs: after `systemctl daemon-reload` with the systemd cgroup driver NVML says "Unknown
Error" (https://github.com/NVIDIA/nvidia-container-toolkit/issues/48), and a card that fell off the bus is not listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.containers.model import NVIDIA_CDI
from gpufleet.facts.answer import Unreadable
from gpufleet.platform.report import Report, ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gpufleet.containers.model import GpuRequest

TIMED_OUT = {124, 137}
_LISTED = re.compile(r"GPU \d+: .*\(UUID: (\S+)\)")
_NOT_ASKED = re.compile(
    r"executable file not found|no such file|is not running|is paused|is restarting|no such container", re.IGNORECASE
)
"""What Docker says where there is no nvidia-smi, or no container any more."""


@dataclass(frozen=True)
class Inside:
    """What `nvidia-smi -L` said inside a container.

    Attributes:
        code: its exit code, or Docker's; 124 or 137 where it gave no answer in time.
        lines: what was printed.
    """

    code: int
    lines: tuple[str, ...] = ()


def inside(lines: Iterable[str]) -> dict[str, Inside] | Unreadable:
    """Read a report of `gpus_inside.sh`.

    Args:
        lines: the script's output.

    Raises:
        ReportError: the script was cut off, or printed what it never prints.
    """
    report = Report.whole(lines, of="GPUs inside containers")
    if trouble := report.first("stopped") or report.first("trouble"):
        return Unreadable(trouble, stopped=report.has("stopped"))
    try:
        return {
            name: Inside(int(code), tuple(filter(None, said.split("|"))))
            for name, code, said in report.fields("seen", 3)
        }
    except ValueError as error:
        raise ReportError(f"GPUs inside containers could not be read: {error}") from error


def trouble(requests: Sequence[GpuRequest], seen: Inside, there: Sequence[str]) -> str | None:
    """What is wrong with the GPUs of a running container, None when nothing is.

    Args:
        requests: how it asked for GPUs when it was made.
        seen: what nvidia-smi said inside.
        there: UUIDs of the host's GPUs, in nvidia-smi's order.
    """
    said = seen.lines[0] if seen.lines else ""
    if not requests or (seen.code and _NOT_ASKED.search(" ".join(seen.lines))):
        return None
    if seen.code in TIMED_OUT:
        return "nvidia-smi gives no answer inside"
    if seen.code:
        return f"nvidia-smi says: {said}" if said else f"nvidia-smi ended with exit code {seen.code}"
    listed = [found[1] for line in seen.lines if (found := _LISTED.match(line))]
    lost = [device for request in requests for device in _wanted(request, there) if device not in listed]
    if lost:
        return f"without {', '.join(dict.fromkeys(lost))}"
    return None if listed else "no GPU"


def _wanted(request: GpuRequest, there: Sequence[str]) -> Iterator[str]:
    """UUIDs of the GPUs that are to be seen; parts of a GPU (MIG) and other CDI devices are not listed by them."""
    for device in (name.removeprefix(NVIDIA_CDI) for name in request.devices):
        if device == "all":
            yield from there
        elif device.isdecimal():
            yield there[int(device)] if int(device) < len(there) else f"GPU {device}"
        elif device.startswith("GPU-"):
            yield next((uuid for uuid in there if uuid.startswith(device)), device)

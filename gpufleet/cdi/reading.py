"""From what `cdi.sh` prints to a `CdiState`."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from gpufleet.cdi.state import CdiState, Driver
from gpufleet.facts.answer import Unreadable
from gpufleet.platform.reading_gpu import gpu_error, gpus
from gpufleet.platform.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION = re.compile(r"(?<![\w.])\d{3,}\.\d+(?:\.\d+)*(?![\w.])")


def cdi_state(lines: Iterable[str]) -> CdiState:
    """Read a report.

    Args:
        lines: the script's output.

    Raises:
        ReportError: the script was cut off.
    """
    report = Report.whole(lines, of="CDI specifications")
    read: dict[str, bytes | Unreadable] = {
        path: base64.b64decode(content) for path, content in report.fields("specification", 2)
    }
    unreadable = {path: Unreadable(why) for path, why in report.fields("unreadable", 2)}
    return CdiState(
        driver=_by_module(report) if report.has("module") else _by_nvidia_smi(report),
        specifications={**read, **unreadable},
        missing=frozenset(report.every("missing")),
        generator=report.has("generator"),
    )


def _by_module(report: Report) -> Driver | Unreadable | None:
    """What /proc/driver/nvidia tells; after an upgrade without a reboot module and libraries do not fit together."""
    found = _VERSION.search(report.first("module") or "")
    cards = report.every("card")
    if found is None or not cards:
        return None
    library = _VERSION.search((report.first("library") or "").rpartition(".so.")[2])
    if library and library[0] != found[0]:
        return Unreadable(f"its kernel module is {found[0]}, its libraries are {library[0]}: the host needs a reboot")
    return Driver(found[0], frozenset(card for card in cards if "?" not in card), len(cards))


def _by_nvidia_smi(report: Report) -> Driver | Unreadable | None:
    if error := gpu_error(report):
        return Unreadable(error)
    cards = gpus(report)
    return Driver(cards[0].driver_version, frozenset(card.uuid for card in cards), len(cards)) if cards else None

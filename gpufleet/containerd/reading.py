"""From what `containerd.sh` prints to a `ContainerdState`. Pure."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from gpufleet.containerd.state import ContainerdState, Process
from gpufleet.containerd.toml_text import TomlTextError, parse
from gpufleet.facts.answer import Unreadable
from gpufleet.platform.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable

IDENTITY = 3
"""Fields of what tells a process: boot, process id, ticks from the boot to its start."""


def containerd_state(lines: Iterable[str]) -> ContainerdState:
    """Read a report.

    Args:
        lines: the script's output.

    Raises:
        ReportError: the script was cut off.
        ValueError: it printed what it never prints.
    """
    report = Report.whole(lines, of="containerd's configuration")
    others = report.fields("other", 3)
    times = [*report.every("changed"), *(time for _, time, _ in others)]
    loaded = _content(report, "loaded")
    return ContainerdState(
        version=report.first("version"),
        file=_content(report, "file"),
        drop_in=_content(report, "drop_in"),
        others={path: base64.b64decode(content, validate=True) for path, _, content in others},
        dump=_dump(report),
        changed=max(map(float, times), default=None),
        running=_running(report),
        loaded=loaded.decode() if isinstance(loaded, bytes) else "",
        systemd=report.has("systemd"),
        stopped=report.has("stopped"),
        closed=report.has("closed"),
    )


def _content(report: Report, key: str) -> bytes | Unreadable | None:
    why = report.first(f"{key}_unreadable")
    if why is not None or report.has(f"{key}_unreadable"):
        return Unreadable(why or "it says nothing")
    found = report.first(key)
    return None if found is None else base64.b64decode(found.removeprefix("base64:"), validate=True)


def _dump(report: Report) -> bytes | Unreadable | None:
    """What operations take for TOML without asking again: anything else is no answer."""
    found = _content(report, "dump")
    try:
        parse(found if isinstance(found, bytes) else b"")
    except TomlTextError as error:
        return Unreadable(f"of what `containerd config` prints: {error}")
    return found


def _running(report: Report) -> Process | None:
    identity = report.first("identity") or ""
    words = identity.split()
    if len(words) != IDENTITY:
        return None
    now, uptime, ticks = (float(report.first(key) or "") for key in ("now", "uptime", "ticks"))
    return Process(identity, now - uptime + float(words[-1]) / ticks, report.first("command") or "")

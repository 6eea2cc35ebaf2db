"""From what `docker.sh` prints to a `DockerState`."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from gpufleet.dockerd.flags import environment_of, init_script_flags, unit_flags
from gpufleet.dockerd.state import DockerState, Running, Unit
from gpufleet.facts.answer import Unreadable
from gpufleet.platform.report import Report, ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TICKS_PER_SECOND = 100
"""Of the times in /proc/PID/stat: USER_HZ, the same on every architecture that Docker has packages for."""
NANOSECONDS, MICROSECONDS = 1e9, 1e6
"""In a second."""


def docker_state(lines: Iterable[str]) -> DockerState:
    """Read a report.

    Args:
        lines: the script's output.

    Raises:
        ReportError: the script was cut off, or printed what it never prints.
    """
    report = Report.whole(lines, of="Docker's daemon")
    try:
        return _state(report)
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(f"Docker's daemon could not be read: {error}") from error


def _state(report: Report) -> DockerState:
    return DockerState(
        program=report.first("program"),
        systemd=report.has("systemd"),
        init_script=report.has("init_script"),
        service=_unit(report, "service"),
        socket=_unit(report, "socket"),
        flags=tuple(_flags(report)),
        file=_content(report, "file"),
        file_time=max(map(float, report.every("file_time")), default=0.0),
        authorities=_times(report, "authority"),
        gpu_programs=_times(report, "gpu_program"),
        gpu_found=tuple(report.every("gpu_found")),
        keys=_content(report, "keys"),
        loaded=_content(report, "loaded"),
        loaded_keys=_content(report, "loaded_keys"),
        loaded_by=report.first("loaded_by"),
        running=_running(report),
        reloaded=max((json.loads(line)["timeNano"] for line in report.every("reload")), default=0) / NANOSECONDS,
        swarm=report.has("swarm"),
    )


def _content(report: Report, key: str) -> bytes | Unreadable | None:
    trouble, encoded = report.first(f"{key}_unreadable"), report.first(key)
    if trouble:
        return Unreadable(trouble)
    return None if encoded is None else _decoded(encoded)


def _decoded(encoded: str) -> bytes:
    return base64.b64decode(encoded.removeprefix("base64:"), validate=True)


def _unit(report: Report, name: str) -> Unit | None:
    if not report.has(f"{name}_LoadState"):
        return None
    load, active, sub, file = (
        report.first(f"{name}_{key}") or "" for key in ("LoadState", "ActiveState", "SubState", "UnitFileState")
    )
    outdated = report.first(f"{name}_NeedDaemonReload") == "yes"
    return Unit(load, active, sub, file, outdated, _changed(report, name))


def _changed(report: Report, unit: str) -> float | None:
    """When a unit last came into another state; systemd counts from the boot, and says 0 where it never did."""
    after_boot = int(report.first(f"{unit}_StateChangeTimestampMonotonic") or 0) / MICROSECONDS
    boot = float(report.first("now") or 0) - float(report.first("uptime") or 0)
    return boot + after_boot if after_boot and boot else None


def _flags(report: Report) -> list[str]:
    environment = environment_of(report.every("service_Environment"))
    for encoded in report.every("environment"):
        environment.update(environment_of(_decoded(encoded).decode(errors="replace").splitlines()))
    if report.has("systemd"):
        return unit_flags(report.first("service_ExecStart") or "", environment)
    return init_script_flags(environment)


def _times(report: Report, key: str) -> dict[str, float]:
    """When each of some files changed, by path: the later one where a path has two."""
    found: dict[str, float] = {}
    for line in report.every(key):
        time, _, path = line.partition(" ")
        found[path] = max(float(time), found.get(path, 0.0))
    return found


def _running(report: Report) -> Running | None:
    pid, identity = report.first("pid"), report.first("identity")
    if pid is None or identity is None:  # no identity: it ended while it was looked at
        return None
    age = float(report.first("uptime") or 0) - int(identity.split()[-1]) / TICKS_PER_SECOND
    return Running(pid=int(pid), identity=identity, started=float(report.first("now") or 0) - age, info=_info(report))


def _info(report: Report) -> Mapping[str, Any] | Unreadable:
    """What the daemon answers about itself: what `docker info` shows, less what that one adds about the client."""
    trouble, text = report.first("info_trouble"), report.first("info")
    if trouble or text is None:
        return Unreadable(trouble or "it printed nothing")
    info: Mapping[str, Any] = json.loads(text)
    return info

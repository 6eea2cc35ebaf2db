"""From what `containers.sh` prints to the containers of a host."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from gpufleet.containers.inspect_output import image, observed
from gpufleet.containers.state import Containers
from gpufleet.containers.use import Process
from gpufleet.facts.answer import Unreadable
from gpufleet.platform.report import Report, ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable

ZOMBIES = {"Z", "X"}


def containers(lines: Iterable[str]) -> Containers | Unreadable:
    """Read a report.

    Args:
        lines: the script's output.

    Raises:
        ReportError: the script was cut off, or printed what it never prints.
    """
    report = Report.whole(lines, of="containers")
    if trouble := report.first("stopped") or report.first("trouble"):
        return Unreadable(trouble, stopped=report.has("stopped"), missing=report.first("missing"))
    try:
        return _containers(report)
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(f"containers could not be read: {error!r}") from error


def _containers(report: Report) -> Containers:
    clear, digests = _variables(report.fields("gpu", 2)), _digests(report.fields("digest", 3))
    raws = [json.loads(text) for text in report.every("container")]
    gone = _deleted(report)
    found = [observed(raw, clear[raw["Id"]], digests[raw["Id"]], gone[raw["Id"]]) for raw in raws]
    return Containers(
        containers={container.name: container for container in found},
        images={reference: image(json.loads(text)) for reference, text in report.fields("image", 2)},
        processes=_processes(report),
        docker=not report.has("no_docker"),
    )


def _variables(rows: list[list[str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for container, line in rows:
        name, _, value = line.partition("=")
        found[container][name] = value
    return found


def _digests(rows: list[list[str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for container, name, digest in rows:
        found[container][name] = digest
    return found


def _deleted(report: Report) -> dict[str, set[str]]:
    """Places of mounts by container; mountinfo writes blanks as octal codes (proc_pid_mountinfo(5))."""
    found: dict[str, set[str]] = defaultdict(set)
    for container, place in report.fields("moved", 2):
        found[container].add(place)
    container_of = dict(report.fields("member", 2))
    for pid, place in report.fields("deleted", 2):
        found[container_of.get(pid, "")].add(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place))
    return found


def _processes(report: Report) -> dict[str, tuple[Process, ...]]:
    stats, inside = dict(report.fields("stat", 2)), dict(report.fields("inside", 2))
    probes, at_gpu = set(report.every("probe")), set(report.every("at_gpu"))
    by_container: dict[str, list[Process]] = defaultdict(list)
    for pid, container in report.fields("member", 2):
        process = _process(stats.get(pid, ""), int(inside.get(pid, 0)))
        if process:
            found = replace(process, gpu=pid in at_gpu, probe=pid in probes)
            by_container[container].append(found)
    return {container: tuple(processes) for container, processes in by_container.items()}


def _process(stat: str, inside: int) -> Process | None:
    """A line of /proc/PID/stat (proc_pid_stat(5)): the name stands in brackets and may hold anything."""
    pid, _, rest = stat.partition(" (")
    name, _, numbers = rest.rpartition(") ")
    fields = numbers.split()
    if len(fields) < 20 or fields[0] in ZOMBIES:  # noqa: PLR2004 - field 22, the first two cut off
        return None
    return Process(pid=int(pid), parent=int(fields[1]), inside=inside, started=int(fields[19]), name=name)

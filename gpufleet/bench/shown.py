"""A benchmark for people: hosts one below the other, no line over 100 columns. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.bench.program import table
from gpufleet.report.guard import guarded
from gpufleet.report.text import cut, moment, printable, wrapped

if TYPE_CHECKING:
    from gpufleet.bench.model import BenchReport, HostBench

WIDTH = 100


def text(report: BenchReport) -> str:
    """The report as one text.

    Args:
        report: of one run.
    """
    count = len(report.hosts)
    title = f"gpufleet bench: {count} host{'' if count == 1 else 's'} of {report.inventory}"
    title += f", limited to {', '.join(report.limits)}" if report.limits else ""
    title += f", {moment(report.started)} UTC, {report.seconds:.1f} s"
    body = [line for host in guarded(report.hosts) for line in ["", *_lines(host)]]
    return "".join(f"{line}\n" for line in [*wrapped(printable(title), WIDTH, then="  "), *body])


def _lines(host: HostBench) -> list[str]:
    heading = host.name if host.sandbox is None else f"{host.name}, sandbox {host.sandbox}"
    if host.others:
        heading += f" (--sandbox for {', '.join(host.others)})"
    lines = wrapped(printable(heading), WIDTH, then="  ")
    if host.why is not None:
        lines += wrapped(printable(f"could not be measured: {host.why}"), WIDTH, "  ", "    ")
    if host.way_out is not None:
        lines += wrapped(printable(host.way_out), WIDTH, "    -> ", "       ")
    if host.answer is not None:
        lines += [cut(printable(line), WIDTH) for line in table.lines(host.answer)]
    return lines

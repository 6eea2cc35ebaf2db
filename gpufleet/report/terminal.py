"""A report for people: worst host first, hosts in sync on one line, and last what was checked and what mends it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from gpufleet.report.beside_lines import beside_lines
from gpufleet.report.block_lines import block_lines
from gpufleet.report.blocks import blocks
from gpufleet.report.guard import guarded
from gpufleet.report.item_lines import LONGEST_VALUE
from gpufleet.report.line import Colour, Line, joined
from gpufleet.report.mending import last_lines
from gpufleet.report.text import abridged, moment, wrapped
from gpufleet.report.verified import verified_lines

if TYPE_CHECKING:
    from typing import TextIO

    from gpufleet.report.model import Report

WIDTH = 100
NARROWEST = 40


def lines(report: Report, width: int = WIDTH) -> list[Line]:
    """The report in lines.

    Args:
        report: of any verb.
        width: that no line exceeds, in cells, at least 40; only a single word of a command may be longer.
    """
    report = guarded(report)
    if report.verb == "verify":
        return [Line(part, line.colour) for line in verified_lines(report.hosts) for part in wrapped(line.text, width)]
    body = [line for block in blocks(report.hosts) for line in block_lines(block, width, report.verb)]
    beside = beside_lines(report.hosts, width)
    beside = [Line(""), *beside] if beside else []
    return [*_title(report, width), *body, *beside, Line(""), *last_lines(report, width)]


def text(report: Report, *, colour: bool, width: int = WIDTH) -> str:
    """The report as one text.

    Args:
        report: of any verb.
        colour: with the terminal's colours.
        width: as for `lines`.
    """
    return joined(lines(report, width), colour=colour)


def show(report: Report, stream: TextIO) -> None:
    """Print the report: colours only on a terminal, and not with NO_COLOR (https://no-color.org).

    Args:
        report: of any verb.
        stream: where to; characters that its encoding does not have are spelt out.

    Raises:
        OSError: it cannot be written to; BrokenPipeError when nobody reads any more.
    """
    colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    columns = shutil.get_terminal_size((WIDTH, 24)).columns if stream.isatty() else WIDTH
    shown = text(report, colour=colour, width=max(NARROWEST, min(WIDTH, columns)))
    encoding = stream.encoding or "utf-8"
    stream.write(shown.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def _title(report: Report, width: int) -> list[Line]:
    count = len(report.hosts)
    said = [f"{count} host{'' if count == 1 else 's'} of {abridged(report.inventory, LONGEST_VALUE)}"]
    said += [f"limited to {abridged(', '.join(report.limits), LONGEST_VALUE)}"] if report.limits else []
    said += [f"only {abridged(', '.join(report.roles), LONGEST_VALUE)}"] if report.roles else []
    said += [f"revision {abridged(report.revision, LONGEST_VALUE)}"] if report.revision else []
    said += [f"{moment(report.started)} UTC", f"{report.seconds:.1f} s"]
    title = f"gpufleet {report.verb}"
    first, *rest = wrapped(", ".join(said), width, f"{title}: ", "  ")
    return [Line(first, Colour.STRONG, len(title)), *(Line(each) for each in rest), Line("")]

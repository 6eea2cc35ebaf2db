"""A report for people: worst host first, hosts in sync on one line, and last what was checked and what mends it."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING

from gpufleet.report.block_lines import INDENT, block_lines
from gpufleet.report.blocks import blocks
from gpufleet.report.fleet import spreads
from gpufleet.report.guard import guarded
from gpufleet.report.item_lines import LONGEST_SENTENCE, LONGEST_VALUE
from gpufleet.report.line import Colour, Line, joined
from gpufleet.report.names import compressed
from gpufleet.report.summary import mending, sentence
from gpufleet.report.text import abridged, cells, moment, printable, wrapped
from gpufleet.report.verified import verified_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from gpufleet.report.fleet import Spread
    from gpufleet.report.model import HostReport, Report

WIDTH = 100
NARROWEST = 40
MOST_NOTICES = 20
MOST_VALUES = 5


def lines(report: Report, width: int = WIDTH) -> list[Line]:
    """The report in lines.

    Args:
        report: of any verb.
        width: that no line exceeds, in cells, at least 40; only a single word of a command may be longer.
    """
    report = guarded(report)
    if report.verb == "verify":
        return [Line(part, line.colour) for line in verified_lines(report.hosts) for part in wrapped(line.text, width)]
    body = [line for block in blocks(report.hosts) for line in block_lines(block, width)]
    beside = [line for spread in spreads(report.hosts) for line in _beside("fleet", _spread(spread), width)]
    beside += _notices(report.hosts, width)
    return [*_title(report, width), *body, *([Line(""), *beside] if beside else []), Line(""), *_last(report, width)]


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


def _spread(spread: Spread) -> str:
    """`driver: 580.159.04 on 10 of 11, 580.82.07 on gpu-03`."""
    (common, most), *others = spread.values
    shown = [f"{_value(common)} on {len(most)} of {spread.hosts}"]
    shown += [f"{_value(value)} on {compressed(hosts)}" for value, hosts in others[: MOST_VALUES - 1]]
    more = len(others) - MOST_VALUES + 1
    shown += [f"and {more} other{'' if more == 1 else 's'}"] if more > 0 else []
    return f"{abridged(spread.fact, LONGEST_VALUE)}: {', '.join(shown)}"


def _value(value: str | None) -> str:
    return "none" if value is None else abridged(value, LONGEST_VALUE)


def _notices(hosts: Sequence[HostReport], width: int) -> list[Line]:
    """Each sentence once, with the hosts that it is about when there is more than one to choose from."""
    about: dict[str, list[str]] = defaultdict(list)
    for host in hosts:
        for notice in host.notices:
            about[notice].append(host.name)
    texts = [abridged(notice, LONGEST_SENTENCE) for notice in about]
    if len(hosts) > 1:
        texts = [f"{compressed(names)}: {said}" for said, names in zip(texts, about.values(), strict=True)]
    left = len(texts) - MOST_NOTICES
    shown = texts if left <= 1 else [*texts[:MOST_NOTICES], f"{left} more are in --json"]
    return [line for said in shown for line in _beside("notice", said, width)]


def _beside(word: str, said: str, width: int) -> list[Line]:
    first, *rest = wrapped(said, width, f"{word:<{len(INDENT)}}", INDENT)
    return [Line(first, Colour.WORN, len(word)), *(Line(each) for each in rest)]


def _last(report: Report, width: int) -> list[Line]:
    """What was checked, and the command: on the same line where both fit, else on lines that a shell joins."""
    said, words = sentence(report), [printable(word) for word in mending(report)]
    label = "Again" if report.verb == "apply" else "Mend"
    if words and cells(f"{said} {label}: {' '.join(words)}") <= width:
        return [Line(f"{said} {label}: {' '.join(words)}", Colour.STRONG)]
    command = _continued(words, f"{label}: ", width) if words else []
    return [Line(each, Colour.STRONG) for each in [*wrapped(said, width), *command]]


def _continued(words: Sequence[str], head: str, width: int) -> list[str]:
    """A command in lines that a shell reads as one."""
    made, line = [], f"{head}{words[0]}"
    for word in words[1:]:
        if cells(f"{line} {word} \\") > width:
            made.append(f"{line} \\")
            line = f"{' ' * len(head)}{word}"
        else:
            line = f"{line} {word}"
    return [*made, line]

"""A block of hosts as lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.report.blocks import CLEAN, DRIFTED, MENDED, UNKNOWN, Block
from gpufleet.report.item_lines import (
    LONGEST_SENTENCE,
    finding_lines,
    mended_lines,
    same_below,
    undone_lines,
    waiting_lines,
)
from gpufleet.report.line import Colour, Line
from gpufleet.report.names import several
from gpufleet.report.text import abridged, moment, printable, wrapped

if TYPE_CHECKING:
    from gpufleet.report.model import HostReport, Verb

WORDS = {UNKNOWN: "UNKNOWN", DRIFTED: "DRIFTED", MENDED: "MENDED", CLEAN: "in sync"}
OF_REMOVAL = {
    "remove": {DRIFTED: "LEFT", MENDED: "REMOVED", CLEAN: "clean"},
    "remove --check": {DRIFTED: "TO GO", CLEAN: "clean"},
}
COLOURS = {UNKNOWN: Colour.UNKNOWN, DRIFTED: Colour.BAD, MENDED: Colour.GOOD, CLEAN: Colour.GOOD}
INDENT = " " * 9
COMMANDS = ("ssh-keygen ", "ssh-keyscan ", "ssh ")
"""What a way out begins with that is a command and no sentence."""


def block_lines(block: Block, width: int, verb: Verb = "check") -> list[Line]:
    """All there is to say about the hosts of a block.

    Args:
        block: at least one host.
        width: of a line, in cells.
        verb: of the report.
    """
    host = block.first
    done = "gone" if verb == "remove" else "mended"
    lines = _head(block, width, _word(block, verb), done)
    for text in (host.way_out, _last_apply(block)):
        lines += [Line(each) for each in _sentence(block.of_all(text), width)] if text else []
    for position, finding in enumerate(host.findings):
        below = host.findings[position + 1 : position + 2]
        told_below = bool(below) and same_below(finding, below[0])
        lines += finding_lines(finding, block.since(position), width, told_below=told_below)
    lines += waiting_lines(host.unjudged, width) + undone_lines(host.undone, width)
    return lines + [line for finding in host.mended for line in mended_lines(finding, width, done)]


def _word(block: Block, verb: Verb) -> str:
    waits = all(finding.kind == "pending" for finding in block.first.findings)
    if block.rank == DRIFTED and verb == "remove --check" and waits:
        return "STAYS"
    return {**WORDS, **OF_REMOVAL.get(verb, {})}[block.rank]


def _sentence(text: str, width: int) -> list[str]:
    """Wrapped, but for a command, which must still be one when it is copied from the terminal."""
    if text.startswith(COMMANDS):
        return [INDENT + printable(text)]
    return wrapped(abridged(text, LONGEST_SENTENCE), width, INDENT, INDENT)


def _head(block: Block, width: int, word: str, done: str) -> list[Line]:
    """Status, names, and the reason or the counts."""
    names = several(block.names)
    said = _said(block, done)
    text = f"{names}: {said}" if said else names
    colour, head = COLOURS[block.rank], f"{word:<{len(INDENT)}}"
    first, *rest = wrapped(text, width, head, INDENT)
    return [Line(first, colour, len(head)), *(Line(each) for each in rest)]


def _said(block: Block, done: str) -> str:
    if block.rank == CLEAN:
        return _items([host.items for host in block.hosts])
    why = block.first.why
    counts = ", ".join(_counts(block.first, done))
    each = " each" if len(block.hosts) > 1 and counts else ""
    reason = [abridged(block.of_all(why), LONGEST_SENTENCE)] if why else []
    return "; ".join([*reason, *([f"{counts}{each}"] if counts else [])])


def _counts(host: HostReport, done: str) -> list[str]:
    unread = sum(finding.kind == "unknown" for finding in host.findings)
    counts = {
        "item could not be read": unread,
        "finding": len(host.findings) - unread,
        done: len(host.mended),
        "left undone": len(host.undone),
    }
    plural = {"item could not be read": "items could not be read", "finding": "findings"}
    return [f"{count} {word if count == 1 else plural.get(word, word)}" for word, count in counts.items() if count]


def _items(counts: list[int]) -> str:
    fewest, most = min(counts), max(counts)
    if fewest != most:
        return f"{fewest} to {most} items each"
    return f"{most} item{'s' if most != 1 else ''}{' each' if len(counts) > 1 else ''}"


def _last_apply(block: Block) -> str:
    """When an apply last changed something on these hosts, and whether one was cut off."""
    stamps = [host.last_apply for host in block.hosts if host.last_apply]
    if block.rank in {CLEAN, MENDED} or not stamps:
        return ""
    moments = sorted({moment(stamp.changed_at) for stamp in stamps if stamp.changed_at})
    revisions = {stamp.revision for stamp in stamps}
    span = " to ".join(dict.fromkeys([moments[0], moments[-1]])) if moments else "at an unknown time"
    revision = f" ({printable(stamps[0].revision)})" if len(revisions) == 1 and stamps[0].revision else ""
    cut_off = "; one after it did not come to its end" if any(stamp.in_progress for stamp in stamps) else ""
    return f"last change by an apply: {span}{revision}{cut_off}"

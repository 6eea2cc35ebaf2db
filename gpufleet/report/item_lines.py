"""Findings of a host as lines: class, resource, expected and found; below it what it is about and what to do. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gpufleet.report.line import Colour, Line
from gpufleet.report.text import abridged, cut, moment, printable, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gpufleet.finding import FindingClass
    from gpufleet.report.model import ItemFinding, Unjudged

SIGNS: dict[FindingClass, str] = {
    "config": "~",
    "pending": ">",
    "runtime": "!",
    "version": "#",
    "unmanaged": "+",
    "unknown": "?",
}
INDENT = " " * 14
LONGEST_VALUE = 240
LONGEST_SENTENCE = 600
DIFF_LINES = 12
SHOWN_IDS = 4


def finding_lines(finding: ItemFinding, since: str | None, width: int, *, told_below: bool = False) -> list[Line]:
    """A finding that is there now.

    Args:
        finding: what differs.
        since: when it came about, in words.
        width: of a line, in cells.
        told_below: the finding after it says all else just as well (`same_below`).
    """
    expected, observed = (abridged(text, LONGEST_VALUE) for text in (finding.expected, finding.observed))
    text = f"{abridged(finding.resource, LONGEST_VALUE)}: expected {expected} -> found {observed}"
    colour = Colour.UNKNOWN if finding.kind == "unknown" else Colour.BAD
    about = printable(finding.id) + (f", since {since}" if since else "")
    differs = _marked(SIGNS[finding.kind], finding.kind, text, colour, width)
    if told_below:
        return differs
    return [
        *differs,
        *_below(about, width, Colour.FAINT),
        *_below(_remedy(finding), width),
        *_below(f"failed: {abridged(finding.failure, LONGEST_SENTENCE)}" if finding.failure else "", width, Colour.BAD),
        *_diff(finding.diff or "", width),
    ]


def same_below(finding: ItemFinding, other: ItemFinding) -> bool:
    """Whether all but the first line would be the same: several packages of one item, for instance."""
    one, another = ((each.id, each.remedy, each.mendable, each.since, each.failure) for each in (finding, other))
    return one == another and finding.diff is None


def mended_lines(finding: ItemFinding, width: int, word: str = "mended") -> list[Line]:
    """A finding that apply has mended.

    Args:
        finding: what differed.
        width: of a line, in cells.
        word: for that.
    """
    observed, expected = (abridged(text, LONGEST_VALUE) for text in (finding.observed, finding.expected))
    text = f"{abridged(finding.resource, LONGEST_VALUE)}: found {observed} -> now {expected}"
    return [
        *_marked("=", word, text, Colour.GOOD, width),
        *_below(printable(finding.id), width, Colour.FAINT),
        *_diff(finding.diff or "", width),
    ]


def waiting_lines(unjudged: Iterable[Unjudged], width: int) -> list[Line]:
    """Items that nothing can be said about, by what they wait for.

    Args:
        unjudged: those of one host.
        width: of a line, in cells.
    """
    by_reason: dict[str, list[str]] = defaultdict(list)
    for each in unjudged:
        by_reason[each.why].append(each.id)
    texts = [f"{_counted(ids)} not judged: {abridged(why, LONGEST_VALUE)}" for why, ids in by_reason.items()]
    return [line for text in texts for line in _marked("-", "waits", text, Colour.WORN, width)]


def undone_lines(ids: Sequence[str], width: int) -> list[Line]:
    """What an interrupted apply had not come to.

    Args:
        ids: of the items.
        width: of a line, in cells.
    """
    return _marked("-", "undone", f"not come to {_counted(ids)}", Colour.BAD, width) if ids else []


def since_of(findings: Iterable[ItemFinding]) -> str | None:
    """When the same finding came about on several hosts, in words; None where none of them tells."""
    moments = sorted({moment(each.since) for each in findings if each.since})
    return " to ".join(dict.fromkeys([moments[0], moments[-1]])) if moments else None


def _marked(sign: str, word: str, text: str, colour: Colour, width: int) -> list[Line]:
    head = f"  {sign} {word:<9} "
    first, *rest = wrapped(text, width, head, INDENT)
    return [Line(first, colour, len(head)), *(Line(each) for each in rest)]


def _below(text: str, width: int, colour: Colour | None = None) -> list[Line]:
    return [Line(each, colour) for each in wrapped(text, width, INDENT, INDENT)] if text else []


def _remedy(finding: ItemFinding) -> str:
    if finding.remedy in {"apply", "remove"}:
        return ""
    remedy = abridged(finding.remedy, LONGEST_SENTENCE)
    if not finding.mendable:
        return f"by hand: {remedy}"
    return remedy if remedy.startswith(("apply", "remove")) else f"apply: {remedy}"


def _counted(ids: Sequence[str]) -> str:
    shown = ", ".join(abridged(each, LONGEST_VALUE) for each in ids[:SHOWN_IDS])
    more = f" and {len(ids) - SHOWN_IDS} more" if len(ids) > SHOWN_IDS else ""
    return f"{len(ids)} item{'s' if len(ids) != 1 else ''} ({shown}{more})"


def _diff(diff: str, width: int) -> list[Line]:
    """The beginning of a diff, each line cut to the width."""
    every = diff.splitlines()
    shown = every if len(every) <= DIFF_LINES + 1 else every[:DIFF_LINES]
    lines = [_diff_line(f"{INDENT}{printable(text[:width].expandtabs(4))}", width) for text in shown]
    left = len(every) - len(shown)
    return lines + (_below(f"... {left} more lines of this diff are in --json", width, Colour.FAINT) if left else [])


def _diff_line(text: str, width: int) -> Line:
    colour = {"-": Colour.BAD, "+": Colour.GOOD}.get(text[len(INDENT) : len(INDENT) + 1])
    return Line(cut(text, width), colour)

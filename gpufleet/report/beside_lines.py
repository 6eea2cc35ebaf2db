"""What stands beside the hosts' own blocks: facts in which hosts differ, and notices. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gpufleet.report.block_lines import INDENT
from gpufleet.report.fleet import spreads
from gpufleet.report.item_lines import LONGEST_SENTENCE, LONGEST_VALUE
from gpufleet.report.line import Colour, Line
from gpufleet.report.names import compressed
from gpufleet.report.text import abridged, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.report.fleet import Spread
    from gpufleet.report.model import HostReport

MOST_NOTICES = 20
MOST_VALUES = 5


def beside_lines(hosts: Sequence[HostReport], width: int) -> list[Line]:
    """Facts in which hosts differ, then notices; none where there is nothing to say.

    Args:
        hosts: of one run.
        width: of a line, in cells.
    """
    differing = [line for spread in spreads(hosts) for line in _beside("fleet", _spread(spread), width)]
    return differing + _notices(hosts, width)


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

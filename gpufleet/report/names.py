"""Host names, many on few lines: `gpu-01..gpu-12, login`. Pure."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from gpufleet.report.text import cut, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST = 60
"""Cells of one name: a longer one is cut."""
RANGE = 3
"""So many names in a row are shown as a range."""
_ADDRESS = re.compile(r"((?:\d{1,3}\.){3})(\d{1,3})()")
_NUMBERED = re.compile(r"([^.]*?)(\d{1,18})([^.\d]*(?:\..*)?)", re.ASCII | re.DOTALL)


class _Numbered(NamedTuple):
    """A name taken apart at the last number of its first label; -1 stands for none."""

    before: str
    after: str
    digits: int
    number: int
    name: str


def compressed(names: Iterable[str]) -> str:
    """All names, sorted, with ranges: `gpu-01..gpu-12, gpu-14`.

    Args:
        names: in any order.
    """
    return ", ".join(part for run in _runs(sorted(_apart(name) for name in set(names))) for part in _shown(run))


def several(names: Sequence[str]) -> str:
    """As `compressed`, with the count where there is more than one: `gpu-01..gpu-12 (12 hosts)`."""
    return compressed(names) if len(names) == 1 else f"{compressed(names)} ({len(names)} hosts)"


def _apart(name: str) -> _Numbered:
    match = _ADDRESS.fullmatch(name) or _NUMBERED.fullmatch(name)
    if match is None:
        return _Numbered(name, "", 0, -1, name)
    before, digits, after = match.groups()
    padded = len(digits) if digits.startswith("0") else 0
    return _Numbered(before, after, padded, int(digits), name)


def _runs(names: Sequence[_Numbered]) -> list[list[_Numbered]]:
    """Names that follow each other, such as gpu-08, gpu-09, gpu-10."""
    runs: list[list[_Numbered]] = []
    for _, alike in groupby(names, key=lambda each: (each.before, each.after)):
        for each in sorted(alike, key=lambda one: (one.number, one.name)):
            follows = runs and _follows(runs[-1][-1], each)
            runs[-1].append(each) if follows else runs.append([each])
    return runs


def _follows(one: _Numbered, other: _Numbered) -> bool:
    same = (one.before, one.after, one.number + 1) == (other.before, other.after, other.number)
    return same and one.number >= 0 and (not one.digits or len(one.name) == len(other.name))


def _shown(run: Sequence[_Numbered]) -> list[str]:
    names = [cut(printable(each.name), LONGEST) for each in run]
    return names if len(names) < RANGE else [f"{names[0]}..{names[-1]}"]

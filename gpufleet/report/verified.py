"""The hosts of a verification, a line each: how many tests did what. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gpufleet.report.guard import guarded
from gpufleet.report.line import Colour, Line
from gpufleet.report.names import LONGEST, several
from gpufleet.report.text import cells, cut, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gpufleet.report.model import HostReport

ERRORS, FAILED, PASSED, NOT_RUN = "errors", "failed", "passed", "not run"
"""Keys of `HostReport.tests`; there are others for tests that were skipped."""
APART = 8
"""So many hosts have a line each even where it says the same."""


def words(host: HostReport) -> str:
    """What there is to say of a host, the worst first: `1 failed, 40 passed, 3 skipped`."""
    said = [f"{count} {word}" for word, count in host.tests.items() if count and word != NOT_RUN]
    if host.why is not None:
        not_run = host.tests.get(NOT_RUN, 0)
        said = [f"not reached: {printable(host.why)}", *said, *([f"{not_run} not run"] if not_run else [])]
    elif not any(host.tests.get(key) for key in (PASSED, FAILED, ERRORS)):
        said.append("nothing verified")
    return ", ".join(said)


def verified_lines(hosts: Iterable[HostReport]) -> list[Line]:
    """One line per host, worst first, below it a line for each of its notes; many hosts in the same state share one.

    Args:
        hosts: of one verification.
    """
    alike: dict[tuple[str, tuple[str, ...]], list[HostReport]] = defaultdict(list)
    for host in sorted(guarded(tuple(hosts)), key=_rank):
        alike[words(host), host.notices].append(host)
    rows = [row for members in alike.values() for row in _rows(members)]
    width = min(LONGEST, max((cells(name) for name, _, _ in rows), default=0))
    return [Line(f"{name}{' ' * (width - cells(name))}  {said}", colour) for name, said, colour in rows]


def _rows(hosts: list[HostReport]) -> list[tuple[str, str, Colour]]:
    names = [host.name for host in hosts]
    labels = [cut(printable(name), LONGEST) for name in names] if len(names) <= APART else [several(names)]
    first = hosts[0]
    notes = [("", printable(note), _colour(first)) for note in first.notices]
    return [row for label in labels for row in [(label, words(first), _colour(first)), *notes]]


def _rank(host: HostReport) -> tuple[int, int]:
    """For sorting, worst first."""
    bad = host.tests.get(FAILED, 0) + host.tests.get(ERRORS, 0)
    return (0 if host.why is not None else 1 if bad else 3 if host.tests.get(PASSED) else 2), -bad


def _colour(host: HostReport) -> Colour:
    """Green needs something that passed: skipped and simulated tests show nothing."""
    place, _ = _rank(host)
    return Colour.BAD if place < 2 else Colour.GOOD if host.tests.get(PASSED) else Colour.WORN  # noqa: PLR2004

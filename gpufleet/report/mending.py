"""The command that mends what a run found, as words and as lines to paste. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gpufleet.report.line import Colour, Line
from gpufleet.report.summary import sentence
from gpufleet.report.text import cells, printable, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.report.model import HostReport, Report

DEFAULT_INVENTORY = "inventory.py"
NAMED_HOSTS = 8
"""A command names so many hosts; for more it takes those of this run, as on hosts in sync apply changes nothing."""
LONGEST_NAME = 60
LABELS = {"apply": "Again", "remove": "Again", "remove --check": "Remove"}
"""What stands in front of the command."""


def last_lines(report: Report, width: int) -> list[Line]:
    """What was checked, and the command: on the same line where both fit, else on lines that a shell joins.

    Args:
        report: of check, apply or remove.
        width: of a line, in cells.
    """
    said, words = sentence(report), [printable(word) for word in mending(report)]
    label = LABELS.get(report.verb, "Mend")
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


def mending(report: Report) -> list[str]:
    """The words of the command that mends what apply can mend; none when there is nothing.

    Args:
        report: of check, apply or remove.
    """
    wanted = [host.name for host in report.hosts if host.undone or _mendable(host)]
    if not wanted:
        return []
    inventory = ["--inventory", report.inventory] if report.inventory not in {"", DEFAULT_INVENTORY} else []
    hosts = wanted if _can_be_named(wanted) and len(wanted) < len(report.hosts) else report.limits
    limits = [word for name in hosts for word in ("--limit", name)]
    verb = "remove" if report.verb.startswith("remove") else "apply"
    roles = ["--roles", *report.roles] if report.roles else []
    return [shlex.quote(word) for word in ("gpufleet", verb, *report.flags, *inventory, *limits, *roles)]


def _mendable(host: HostReport) -> bool:
    return any(finding.mendable and finding.kind != "unknown" for finding in host.findings)


def _can_be_named(names: Sequence[str]) -> bool:
    return len(names) <= NAMED_HOSTS and all(len(name) <= LONGEST_NAME and name.isprintable() for name in names)

"""Operations that serve an apply as well, with what they say in the words of a removal."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gpufleet.finding import Finding
from gpufleet.operations.change import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyinfra.api.command import PyinfraCommand

    from gpufleet.operations.change import Commands

_BY_APPLY = re.compile(r"^apply\b|\bapply(?= again\b)")


def of_removal(remedy: str) -> str:
    """A remedy of apply as one of a removal: `apply: a reload`, `end that, then apply again`. Pure.

    Args:
        remedy: see `gpufleet.finding.Difference`.
    """
    return _BY_APPLY.sub("remove", remedy)


def removing(commands: Iterable[PyinfraCommand]) -> Commands:
    """What an operation yields, with its remedies in the words of a removal.

    Args:
        commands: those of the operation.
    """
    for command in commands:
        if not isinstance(command, Finding):
            yield command
            continue
        found = replace(command.difference, remedy=of_removal(command.difference.remedy))
        if found.refused:
            yield from refuse(
                found.resource,
                expected=found.expected,
                observed=found.observed,
                way_out=found.remedy,
                kind=found.kind,
                waits_for=found.waits_for,
            )
            return
        yield Finding(found)

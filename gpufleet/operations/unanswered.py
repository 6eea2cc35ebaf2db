"""What cannot be judged because Docker does not answer: said once per host, by the operations of its daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.operations.change import Commands, refuse

if TYPE_CHECKING:
    from gpufleet.facts.answer import Unreadable

STOPPED, SILENT = "docker.service", "dockerd"
"""The resources of the findings that a daemon leads to that was stopped, and one that does not answer."""
DESKTOP = "Docker Desktop"
"""That of the one about a Docker Desktop that does not serve the WSL distribution."""


def unanswered(resource: str, answer: Unreadable) -> Commands:
    """Refuse a host whose Docker does not answer.

    Args:
        resource: what was to be judged.
        answer: what came in place of an answer.

    Yields:
        A refusal of class `unknown` that waits for the finding about the daemon, or about what is missing.
    """
    yield from refuse(
        resource,
        expected="a Docker that answers",
        observed=answer.why,
        way_out="Start it in Windows, then apply again."
        if answer.missing == DESKTOP
        else "Look at dockerd (`systemctl status docker`), then apply again.",
        kind="unknown",
        waits_for=answer.missing or (STOPPED if answer.stopped else SILENT),
    )

"""Sentences about a host for a person: never a finding, never part of an exit code."""

from __future__ import annotations

from pyinfra import host

COLLECTED = "gpufleet_notices"
"""Where gpufleet's own runs collect them, in the host's connector data: a dict, for its order and because an operation
may say the same twice."""


def notice(sentence: str) -> None:
    """Say it: into the report of gpufleet's own runs, else on the terminal.

    Args:
        sentence: what a person should know.
    """
    collected: dict[str, None] | None = host.connector_data.get(COLLECTED)
    if collected is None:
        host.log_styled(f"notice: {sentence}", fg="yellow")
    else:
        collected[sentence] = None


def collecting() -> bool:
    """Whether this is one of gpufleet's own runs, which reports notices and findings by itself."""
    return COLLECTED in host.connector_data

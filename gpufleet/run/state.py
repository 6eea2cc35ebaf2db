"""pyinfra's state of a run in which every host is at a step of its own."""

from __future__ import annotations

from pyinfra.api import State
from pyinfra.context import ctx_host

EXECUTING = "gpufleet_executing"
"""In a host's connector data, while its operations are executed."""


class FleetState(State):
    """A state that is executing for some hosts while others are still read.

    pyinfra asks it whether an operation's conditions count, and whether an operation that is called is to run at once.
    """

    @property
    def is_executing(self) -> bool:  # type: ignore[override]
        """Whether the current host's operations are executed."""
        host = ctx_host.get()
        return host is not None and bool(host.connector_data.get(EXECUTING))

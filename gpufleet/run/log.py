"""What pyinfra says while it works on a host: kept by host, where it says why a fact or a command failed."""

from __future__ import annotations

import logging
import re

from pyinfra.context import ctx_host

KEPT = "gpufleet_log"
"""Where it is kept, in the host's connector data."""
LONGEST = 600
"""Characters of what is kept that go into a report."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class _Keeper(logging.Handler):
    """Keeps errors for the host that is current; nothing of it goes to the terminal, where the report goes."""

    def emit(self, record: logging.LogRecord) -> None:
        host = ctx_host.get()
        if host is not None and record.levelno >= logging.ERROR:
            text = _COLOUR.sub("", record.getMessage()).replace(_COLOUR.sub("", host.print_prefix), "")
            host.connector_data.setdefault(KEPT, []).append(text.strip())


def keep() -> None:
    """Begin to keep what pyinfra says."""
    logger = logging.getLogger("pyinfra")
    logger.handlers[:] = [_Keeper()]
    logger.propagate = False


def taken(host: object) -> str:
    """What was said about a host since the last time, as one line; nothing remains."""
    lines: list[str] = getattr(host, "connector_data", {}).pop(KEPT, [])
    text = "; ".join(line for line in lines if line)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

"""What keeps a daily command from doing anything, and its exit code then."""

from __future__ import annotations

NOTHING_RUN = 125
"""What `docker run` exits with where the trouble is not the command's own; `shell` and `run` do alike."""


class DailyError(ValueError):
    """Nothing was run; the message says why, and the way out."""

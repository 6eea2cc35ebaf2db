"""How far a run is, on standard error."""

from __future__ import annotations

import sys


class Progress:
    """Says what apply changes, and on a terminal how many hosts are done.

    Args:
        total: the number of hosts.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._shows = sys.stderr.isatty()

    def begin(self) -> None:
        """Say that hosts are being asked."""
        self._count()

    def acts(self, host: str, item: str) -> None:
        """Say that an item of a host is being changed."""
        self._clear()
        self._write(f"{host}  {item}\n")
        self._count()

    def line(self, message: object = "", **_style: object) -> None:
        """Show a line of what a host prints while it is changed; pyinfra's `echo`."""
        self._clear()
        self._write(f"{message}\n")
        self._count()

    def done(self) -> None:
        """Count a host that has come to its end."""
        self._done += 1
        self._count()

    def end(self) -> None:
        """Take the line away, for the report."""
        self._clear()

    def _count(self) -> None:
        if self._shows:
            self._write(f"\r{self._done} of {self._total} hosts")

    def _clear(self) -> None:
        if self._shows:
            self._write("\r\x1b[K")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

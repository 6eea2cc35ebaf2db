"""What a reading script printed: `key=value` lines, a key as often as there are values."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable


class ReportError(ValueError):
    """The script did not run to its end, so nothing that it printed can be trusted."""


class Report:
    """The lines of a script, by key."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._values: dict[str, list[str]] = defaultdict(list)
        for line in lines:
            key, _, value = line.partition("=")
            self._values[key].append(value.strip())

    @classmethod
    def whole(cls, lines: Iterable[str], of: str) -> Self:
        """A report that has its last line, `end=yes`.

        Args:
            lines: a script's output.
            of: what the script reads, in words.

        Raises:
            ReportError: the script was cut off.
        """
        report = cls(lines)
        if not report.has("end"):
            raise ReportError(f"the script that reads {of} did not run to its end")
        return report

    def every(self, key: str) -> list[str]:
        """All values of a key, in order; empty ones are left out."""
        return [value for value in self._values.get(key, []) if value]

    def first(self, key: str) -> str | None:
        """The first value of a key; None when there is none or it is empty."""
        return next(iter(self.every(key)), None)

    def has(self, key: str) -> bool:
        """The key was printed, with whatever value."""
        return key in self._values

    def fields(self, key: str, count: int) -> list[list[str]]:
        """The values of a key that consist of `count` fields between vertical bars."""
        rows = (value.split("|", count - 1) for value in self.every(key))
        return [row for row in rows if len(row) == count]

"""Which packages apt could remove without taking anything else along. Nothing is removed, and no network is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

from gpufleet.facts.scripts import script
from gpufleet.platform.report import Report, ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence


class AptRemovable(FactBase[frozenset[str]]):
    """Of some packages and of those that came along with them, the ones that can go."""

    def command(self, packages: Sequence[str], along: Sequence[str]) -> StringCommand:
        """Simulate it.

        Args:
            packages: installed ones that are to go.
            along: installed ones that are to go where apt, after that, takes them for no longer needed: nobody marked
                them as wanted, and nothing that stays depends on them or recommends them.
        """
        words = [" ".join(packages), " ".join(along)]
        return StringCommand("sh -c", QuoteString(script("apt_removable.sh")), "sh", *map(QuoteString, words))

    def process(self, output: list[str]) -> frozenset[str]:
        """Parse the script's output."""
        try:
            return frozenset(Report.whole(output, of="what apt could remove").every("goes"))
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> frozenset[str]:
        """A host that could not be asked: nothing goes."""
        return frozenset()

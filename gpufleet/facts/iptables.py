"""Read which iptables a host has chosen, and what its kernel can serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import FactBase, FactProcessError

from gpufleet.facts.scripts import script
from gpufleet.platform.iptables import Iptables
from gpufleet.platform.report import Report, ReportError

if TYPE_CHECKING:
    from gpufleet.platform.iptables import Backend


class ChosenIptables(FactBase[Iptables]):
    """The iptables of a host."""

    def command(self) -> str:
        """The reading script."""
        return script("report.sh") + script("iptables.sh")

    def process(self, output: list[str]) -> Iptables:
        """Parse the script's output."""
        try:
            return iptables(Report.whole(output, of="iptables"))
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> Iptables:
        """Nothing is known: nothing is changed."""
        return Iptables()


def iptables(report: Report) -> Iptables:
    """What the script printed."""
    known: tuple[Backend, ...] = ("nft", "legacy")
    options = frozenset(report.every("kernel"))
    return Iptables(
        program=report.first("program"),
        choices=frozenset(each for each in known if each in report.every("choice")),
        kernel=options or None,
    )

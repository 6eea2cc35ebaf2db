"""Read the images of ours that a host has, and its containers."""

from __future__ import annotations

from pyinfra.api import FactBase, FactProcessError

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script
from gpufleet.images.present import Present
from gpufleet.images.reading import containers, images
from gpufleet.platform.report import Report


class Images(FactBase[Present | Unreadable]):
    """Images with a label of ours, and all containers; `Unreadable` where Docker is there and does not answer."""

    def command(self) -> str:
        """The reading script; the daemon has 7 s for all that it is asked."""
        return "".join(map(script, ("report.sh", "dockerd.sh", "ask.sh", "images.sh")))

    def process(self, output: list[str]) -> Present | Unreadable:
        """Parse the script's output."""
        try:
            return present(output)
        except (ValueError, TypeError, KeyError) as error:
            raise FactProcessError(f"the images could not be read: {error}") from error

    @staticmethod
    def default() -> Present | Unreadable:
        """Nothing is known, which is not the same as no image."""
        return Unreadable("the host could not be asked")


def present(lines: list[str]) -> Present | Unreadable:
    """What the script printed.

    Raises:
        ValueError: it was cut off, or printed what it never prints.
    """
    report = Report.whole(lines, of="images")
    if trouble := report.first("stopped") or report.first("trouble"):
        return Unreadable(trouble, stopped=report.has("stopped"), missing=report.first("missing"))
    return Present(
        images(report.first("images") or "[]"),
        containers(report.first("containers") or "[]"),
        report.first("remembered"),
    )

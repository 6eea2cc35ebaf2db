"""What a host remembers of what gpufleet has made there, and of what was there before."""

from __future__ import annotations

import base64

from pyinfra.api import FactBase, FactProcessError

from gpufleet.facts.files import FileState
from gpufleet.facts.scripts import script
from gpufleet.made import Made, parse
from gpufleet.platform.report import Report, ReportError


class Remembered(FactBase[Made]):
    """What is to be taken back when gpufleet leaves a host."""

    def command(self) -> str:
        """The reading script."""
        return script("report.sh") + script("remembered.sh")

    def process(self, output: list[str]) -> Made:
        """Parse the script's output."""
        try:
            return remembered(Report.whole(output, of="what gpufleet has made"))
        except (ReportError, ValueError) as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> Made:
        """A host that could not be asked: pyinfra has failed it already, and runs nothing more there."""
        return Made()


def remembered(report: Report) -> Made:
    """What the script printed.

    Raises:
        ValueError: it printed what it never prints.
    """
    rows = report.fields("before", 5)
    before = {
        path: FileState(base64.b64decode(content, validate=True), mode, owner, float(changed))
        for mode, owner, changed, content, path in rows
    }
    return parse(
        base64.b64decode(report.first("made") or "").decode(errors="surrogateescape"),
        known=report.has("made"),
        state=report.has("state"),
        before=before,
        backups=tuple(report.every("backup")),
    )

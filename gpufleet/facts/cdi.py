"""Read CDI specifications, and the driver and the GPUs that they must fit, in one command."""

from __future__ import annotations

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

from gpufleet.cdi.reading import cdi_state
from gpufleet.cdi.state import CdiState
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.platform import GPU_SECONDS
from gpufleet.facts.scripts import script
from gpufleet.platform.report import ReportError


class CdiSpecifications(FactBase[CdiState]):
    """The CDI specifications of a host, which of the paths in them are missing, and its driver, as a `CdiState`."""

    def command(self, also: str = "", gpu_seconds: int = GPU_SECONDS) -> StringCommand:
        """The reading script.

        Args:
            also: path of one more file to be read as a specification.
            gpu_seconds: how long nvidia-smi may take, where it has to be asked.
        """
        text = f"gpu_seconds={gpu_seconds:d}; also=$1\n{script('report.sh')}{script('nvidia.sh')}{script('cdi.sh')}"
        return StringCommand("sh -c", QuoteString(text), "sh", QuoteString(also))

    def process(self, output: list[str]) -> CdiState:
        """Parse the script's output."""
        try:
            return cdi_state(output)
        except (ReportError, ValueError) as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> CdiState:
        """A host that could not be asked: nothing is done about its specifications."""
        return CdiState(driver=Unreadable("the host could not be asked"))

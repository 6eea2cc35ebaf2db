"""Ask inside containers which GPUs are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

from gpufleet.containers.gpus import Inside, inside
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containers import SECONDS
from gpufleet.facts.scripts import script
from gpufleet.platform.report import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence

GPU_SECONDS = 20
"""How long `nvidia-smi` may take inside; all containers are asked at the same time."""


class GpusInside(FactBase[dict[str, Inside] | Unreadable]):
    """What `nvidia-smi -L` says inside containers, or Docker in its place, by name.

    `Unreadable` where the daemon does not answer.
    """

    def command(self, names: Sequence[str], gpu_seconds: int = GPU_SECONDS) -> StringCommand:
        """The asking script.

        Args:
            names: of the containers.
            gpu_seconds: how long nvidia-smi may take.
        """
        parts = "".join(map(script, ("dockerd.sh", "ask.sh", "gpus_inside.sh")))
        text = f"seconds={SECONDS:d} gpu_seconds={gpu_seconds:d}\n{parts}"
        return StringCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, names))

    def process(self, output: list[str]) -> dict[str, Inside] | Unreadable:
        """Parse the script's output."""
        try:
            return inside(output)
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> dict[str, Inside] | Unreadable:
        """A host of which nothing is known."""
        return Unreadable("the host could not be asked")

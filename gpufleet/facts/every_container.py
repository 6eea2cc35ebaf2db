"""Every container of a host, whoever made it, with what it needs of the host."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api import FactBase, FactProcessError

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script
from gpufleet.platform.report import Report, ReportError

FIELDS = 5


@dataclass(frozen=True)
class AnyContainer:
    """A container.

    Attributes:
        name: without a slash.
        status: `running`, `exited`, …
        runtime: that it was made with, `runc` or `nvidia`.
        requests: how many requests for devices it was made with, which is how it asks for GPUs by `--gpus` and by CDI.
        service: of a swarm, whose task it is; empty for any other container.
    """

    name: str
    status: str
    runtime: str
    requests: int
    service: str = ""

    @property
    def wants_gpus(self) -> bool:
        """Whether it is to be started again, and cannot be without what the NVIDIA Container Toolkit brings.

        A task of a swarm that has ended is kept for a while, and never started again: its service makes another one.
        """
        over = self.service and self.status in {"exited", "dead"}
        return not over and (self.runtime == "nvidia" or self.requests > 0)


class EveryContainer(FactBase[tuple[AnyContainer, ...] | Unreadable]):
    """All containers; none on a host without Docker, `Unreadable` where it does not answer."""

    def command(self, seconds: int = 7) -> str:
        """The reading script.

        Args:
            seconds: how long the daemon may take for everything.
        """
        names = ("report.sh", "dockerd.sh", "ask.sh", "every_container.sh")
        return f"seconds={seconds:d}\n{''.join(map(script, names))}"

    def process(self, output: list[str]) -> tuple[AnyContainer, ...] | Unreadable:
        """Parse the script's output."""
        try:
            report = Report.whole(output, of="all containers")
        except ReportError as error:
            raise FactProcessError(str(error)) from error
        if trouble := report.first("stopped") or report.first("trouble"):
            return Unreadable(trouble, stopped=report.has("stopped"))
        rows = report.fields("container", FIELDS)
        return tuple(
            AnyContainer(name.removeprefix("/"), status, runtime, int(requests), service)
            for status, runtime, requests, service, name in rows
        )

    @staticmethod
    def default() -> tuple[AnyContainer, ...] | Unreadable:
        """Nothing is known, which is not the same as no container."""
        return Unreadable("the host could not be asked")

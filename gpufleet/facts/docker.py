"""Read Docker's daemon and its configuration, in one command."""

from __future__ import annotations

from pyinfra.api import FactBase, FactProcessError

from gpufleet.dockerd.reading import docker_state
from gpufleet.dockerd.state import DockerState
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script
from gpufleet.platform.report import ReportError

INFO_SECONDS = 7
"""How long the daemon may take to answer, all questions together: a healthy one needs less than 0.1 s."""


class DockerDaemon(FactBase[DockerState]):
    """Docker's daemon, its configuration and what was remembered of both, as a `DockerState`.

    A host without Docker has one too: no program, nothing running. A daemon that was stopped is never started by
    asking it (its socket may be systemd's), and one that does not answer is `Unreadable`, never absent.
    """

    def command(self, info_seconds: int = INFO_SECONDS) -> str:
        """The reading script.

        Args:
            info_seconds: how long the daemon may take to answer, all questions together.
        """
        return f"info_seconds={info_seconds:d}\n{script('report.sh')}{script('dockerd.sh')}{script('docker.sh')}"

    def process(self, output: list[str]) -> DockerState:
        """Parse the script's output."""
        try:
            return docker_state(output)
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> DockerState:
        """A host of which nothing is known: every operation that would change something refuses."""
        return DockerState(file=Unreadable("the host could not be asked"))

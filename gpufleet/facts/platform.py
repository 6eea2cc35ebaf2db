"""Read what a host is, in one command."""

from __future__ import annotations

from pyinfra.api import FactBase, FactProcessError

from gpufleet.facts.access import AccessFacts
from gpufleet.facts.scripts import script
from gpufleet.platform import Platform, reading
from gpufleet.platform.report import ReportError

GPU_SECONDS = 30
"""How long `nvidia-smi` may take: eight GPUs without persistence mode need more than ten seconds."""


class PlatformFacts(FactBase[Platform]):
    """What the host is, as a `Platform`. A script that is cut off fails this host, and only this one."""

    def command(self, gpu_seconds: int = GPU_SECONDS, *, neighbours: bool = False) -> str:
        """The reading script.

        Args:
            gpu_seconds: how long `nvidia-smi` may take before it is given up. 0 does not ask it: for roles that need
                to know the host and not its GPUs, and that a hung driver must not slow down.
            neighbours: ask Docker and containerd what runs there, which is known in no other case.
        """
        text = "".join(map(script, ("access.sh", "report.sh", "nvidia.sh", "platform.sh")))
        return f"gpu_seconds={gpu_seconds:d} neighbours={'yes' if neighbours else ''}\n{text}"

    def process(self, output: list[str]) -> Platform:
        """Parse the script's output."""
        try:
            return reading.platform(output)
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> Platform:
        """A host of which nothing is known: pyinfra has failed it already, and no role does anything there."""
        return Platform(
            distribution="",
            version="",
            codename="",
            architecture="",
            apt=False,
            wsl=None,
            systemd=False,
            access=AccessFacts.default(),
        )

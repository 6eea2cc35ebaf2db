"""Read what a host is, in one command, and who is asking."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from pyinfra.api import FactBase, FactProcessError

from gpufleet.platform import Access, Platform, RootAccess, reading
from gpufleet.platform.report import ReportError

GPU_SECONDS = 30
"""How long `nvidia-smi` may take: eight GPUs without persistence mode need more than ten seconds."""


class PlatformFacts(FactBase[Platform]):
    """What the host is, as a `Platform`. A script that is cut off fails this host, and only this one."""

    def command(self, gpu_seconds: int = GPU_SECONDS) -> str:
        """The reading script.

        Args:
            gpu_seconds: how long `nvidia-smi` may take before it is given up.
        """
        return f"gpu_seconds={gpu_seconds:d}\n{_script('access.sh')}{_script('platform.sh')}"

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


class AccessFacts(FactBase[Access]):
    """Who the connecting user is and how that user becomes root; asked without any escalation."""

    def command(self) -> str:
        """The first part of the reading script."""
        return _script("access.sh")

    def process(self, output: list[str]) -> Access:
        """Parse the script's output."""
        try:
            return reading.access(output)
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> Access:
        """Nobody: the host did not answer."""
        return Access(uid=-1, user="", root_access=RootAccess.MISSING)


@cache
def _script(name: str) -> str:
    """A script beside this file, without the comments, which no host needs to be sent."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return re.sub(r"^\s*(#.*)?\n", "", text, flags=re.MULTILINE)

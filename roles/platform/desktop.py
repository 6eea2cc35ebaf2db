"""Docker Desktop in the place of a Docker of the distribution's own. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.finding import Difference
from gpufleet.operations.unanswered import DESKTOP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.platform import Platform


def desktop_differences(platform: Platform) -> Iterator[Difference]:
    """A Docker Desktop that has put its `docker` into this distribution, and does not answer there.

    Args:
        platform: the host.
    """
    if platform.docker and platform.docker.desktop and platform.docker.daemon_version is None:
        yield Difference(
            kind="runtime",
            resource=DESKTOP,
            expected="running, and serving this distribution",
            observed="no answer at /var/run/docker.sock",
            remedy="In Windows start Docker Desktop, and switch this distribution on in it under Settings, Resources, "
            "WSL integration; then apply again.",
        )

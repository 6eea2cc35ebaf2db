"""The toolkit's packages, and those whose place they have taken. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.operations.apt.packages import package_differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.facts.apt import Package
    from gpufleet.finding import Difference

PACKAGES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)
"""They depend on each other at exactly one version, and apt does not find it by itself when only one is named
(https://github.com/NVIDIA/nvidia-container-toolkit/pull/1100)."""
PROGRAMS = "nvidia-container-toolkit-base"
"""The one of them that holds nvidia-ctk and what CDI specifications name."""
FORMER_PACKAGES = ("nvidia-docker", "nvidia-docker2", "nvidia-container-runtime", "nvidia-container-runtime-hook")
"""What older articles install, and what the toolkit has taken the place of. To nvidia-docker2 up to 2.13 daemon.json is
its own file."""


def packages_off(version: str, found: Mapping[str, Package]) -> Iterator[Difference]:
    """What is not as declared about the toolkit's packages.

    Args:
        version: of all of them.
        found: what dpkg knows.
    """
    return package_differences(dict.fromkeys(PACKAGES, version), found)

"""Docker's repository as an apt source. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.apt.sources import DISABLED

if TYPE_CHECKING:
    from gpufleet.bundle.wanted import Target
    from gpufleet.platform import Platform

KEYRING = "/etc/apt/keyrings/docker.asc"
SOURCE = "/etc/apt/sources.list.d/docker.sources"
"""Both as in https://docs.docker.com/engine/install/debian/, so that a host set up by hand needs no second file."""


def key_url(repository: str, distribution: str) -> str:
    """Where Docker publishes its key.

    Args:
        repository: the declared repository.
        distribution: `debian` or `ubuntu`; both serve the same key.
    """
    return f"{repository}/{distribution}/gpg"


def source_text(repository: str, platform: Platform | Target, *, enabled: bool = True) -> str:
    """The deb822 source.

    Args:
        repository: the declared repository.
        platform: what the host is: its distribution, codename and architecture.
        enabled: apt reads it; not on a host without a network.
    """
    return (
        "# Managed by gpufleet.\n"
        f"{'' if enabled else DISABLED}"
        "Types: deb\n"
        f"URIs: {repository}/{platform.distribution}\n"
        f"Suites: {platform.codename}\n"
        "Components: stable\n"
        f"Architectures: {platform.architecture}\n"
        f"Signed-By: {KEYRING}\n"
    )

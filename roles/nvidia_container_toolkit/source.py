"""NVIDIA's repository as an apt source. Pure."""

from __future__ import annotations

from gpufleet.apt.sources import DISABLED

KEYRING = "/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg"
"""As in NVIDIA's installation guide, so that a host set up by hand needs no second file."""
SOURCE = "/etc/apt/sources.list.d/nvidia-container-toolkit.sources"
FORMER = (
    "https://nvidia.github.io/libnvidia-container",
    "https://nvidia.github.io/nvidia-container-runtime",
    "https://nvidia.github.io/nvidia-docker",
)
"""Where the same packages were, or are, published: what older articles put into nvidia-docker.list and its like."""


def key_url(repository: str) -> str:
    """Where the key of a repository is published.

    Args:
        repository: the declared one; NVIDIA's own has its key at https://nvidia.github.io/libnvidia-container/gpgkey.
    """
    for branch in ("/stable/deb", "/experimental/deb"):
        repository = repository.removesuffix(branch)
    return f"{repository}/gpgkey"


def source_text(repository: str, architecture: str, *, enabled: bool = True) -> str:
    """The deb822 source of a flat repository, which has no suites and one folder for each architecture.

    Args:
        repository: the declared one.
        architecture: as dpkg names it.
        enabled: apt reads it; not on a host without a network.
    """
    return (
        "# Managed by gpufleet.\n"
        f"{'' if enabled else DISABLED}"
        "Types: deb\n"
        f"URIs: {repository}/{architecture}\n"
        "Suites: /\n"
        f"Architectures: {architecture}\n"
        f"Signed-By: {KEYRING}\n"
    )

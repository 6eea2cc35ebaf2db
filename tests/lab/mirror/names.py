"""The vendors' host names that the mirror answers for."""

from __future__ import annotations

DOCKER = "download.docker.com"
NVIDIA = "nvidia.github.io"
VENDOR_NAMES: tuple[str, ...] = (
    DOCKER,
    NVIDIA,
    "registry-1.docker.io",
    "auth.docker.io",
    "index.docker.io",
    "production.cloudflare.docker.com",
)

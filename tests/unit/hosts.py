"""A host as data, for tests that judge hosts."""

from __future__ import annotations

from gpufleet.platform import Access, Platform, RootAccess

BARE = Platform(
    distribution="debian",
    version="13",
    codename="trixie",
    architecture="amd64",
    apt=True,
    wsl=None,
    systemd=True,
    access=Access(uid=0, user="root", root_access=RootAccess.ROOT),
)
"""Debian 13 without Docker and without a GPU, as root sees it."""

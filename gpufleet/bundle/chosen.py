"""The bundle that a host is provisioned from, as declared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bundle:
    """A bundle.

    Attributes:
        path: its folder.
        sha256: of its manifest.
        on_host: the folder is on the host itself, not on the machine that runs gpufleet.
    """

    path: str
    sha256: str
    on_host: bool = False

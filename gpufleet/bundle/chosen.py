"""The bundle that a host is provisioned from, as declared."""

from __future__ import annotations

from dataclasses import dataclass, field

from gpufleet.stamp import BESIDE


@dataclass(frozen=True)
class Bundle:
    """A bundle. What is declared of a host stays the same when its packages come from another one.

    Attributes:
        path: its folder.
        sha256: of its manifest.
        on_host: the folder is on the host itself, not on the machine that runs gpufleet.
        images: repositories and tags of all images that the host is to have of it: they share layers, so that copies
            stay there until the last one is loaded.
    """

    path: str = field(metadata=BESIDE)
    sha256: str = field(metadata=BESIDE)
    on_host: bool = field(default=False, metadata=BESIDE)
    images: tuple[str, ...] = field(default=(), metadata=BESIDE)

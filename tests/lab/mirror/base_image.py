"""debian:trixie-slim for the lab's Docker Hub: what the official image is, made by mmdebstrap.

The official one is a minimal Debian too, without manuals, translations and documentation but for licences
(debuerreotype, its `slim` variant).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab import apt_sources
from tests.lab.command import run
from tests.lab.packages import program

if TYPE_CHECKING:
    from pathlib import Path

LAYER = "layer.tar"
LEFT_OUT = ("doc/*", "info/*", "lintian/*", "linda/*", "locale/*", "man/*", "groff/*")
KEPT = ("doc/*/copyright",)


def make(codename: str, folder: Path) -> None:
    """Write the root file system of Debian `codename` as a tar into `folder`. Needs root.

    Raises:
        CommandError: mmdebstrap failed.
    """
    archive = apt_sources.of_this_machine()
    choices = [f"path-exclude=/usr/share/{pattern}" for pattern in LEFT_OUT]
    choices += [f"path-include=/usr/share/{pattern}" for pattern in KEPT]
    options = [f"--dpkgopt={choice}" for choice in choices]
    source = f"deb [signed-by={archive.keyring}] {archive.uri} {codename} main"
    run(
        [
            program("mmdebstrap") or "mmdebstrap",
            *("--quiet", "--mode=root", "--variant=minbase", *options),
            *(codename, str(folder / LAYER), source),
        ]
    )

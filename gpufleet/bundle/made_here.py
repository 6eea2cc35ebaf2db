"""The bundles that this user has made on this machine, by the hashes of their manifests.

A bundle travels, and whoever had it in between could have put another image into it. Packages are held against their
archives' indexes when it is gathered again; of an image nothing but this memory says that it is the one that was built.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "XDG_STATE_HOME"


def place() -> Path:
    """The file with the hashes, one a line (https://specifications.freedesktop.org/basedir-spec/latest/)."""
    folder = os.environ.get(VARIABLE, "")
    return (Path(folder) if Path(folder).is_absolute() else Path.home() / ".local/state") / "gpufleet" / "bundles"


def known(sha256: str) -> bool:
    """Whether a manifest of that hash was written here.

    Args:
        sha256: of the manifest.
    """
    try:
        return sha256 in place().read_text(encoding="ascii").split()
    except (OSError, ValueError, RuntimeError):  # the last: nobody says where home is
        return False


def remember(sha256: str) -> None:
    """Note a manifest that was written; where that cannot be done its images are had from the builder again.

    Args:
        sha256: of the manifest.
    """
    if known(sha256):
        return
    with suppress(OSError, RuntimeError):
        path = place()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as stream:
            stream.write(f"{sha256}\n")

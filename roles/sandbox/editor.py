"""What a workspace offers VS Code: recommended extensions, and settings that fit the image. Pure."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "files" / "vscode"
INTERPRETER = "python.defaultInterpreterPath"
"""Setting that names the virtual environment of the image of role cuda_image; images of others have none there."""


def vscode_files(*, own_image: bool) -> dict[str, str]:
    """The files by their names in a workspace.

    Args:
        own_image: the sandbox is made from an image that is none of role cuda_image.
    """
    settings = json.loads((FOLDER / "settings.json").read_text(encoding="utf-8"))
    if own_image:
        del settings[INTERPRETER]
    extensions = json.loads((FOLDER / "extensions.json").read_text(encoding="utf-8"))
    files = {"extensions.json": extensions, "settings.json": settings}
    return {f".vscode/{name}": f"{json.dumps(content, indent=4)}\n" for name, content in files.items()}

"""Folders that are made once and kept: the second start of the mirror finds them ready."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_HERE = Path(__file__).parent


def made(folder: Path, key: str, make: Callable[[Path], None]) -> Path:
    """`folder`, filled by `make`; made anew when `key` is not the one it was made for.

    `make` gets an empty folder beside the final one, which is put in place only when it is complete: a run killed
    in the middle leaves nothing that looks finished.
    """
    stamp = folder.with_name(f"{folder.name}.made-for")
    if folder.is_dir() and stamp.exists() and stamp.read_text() == key:
        return folder
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    make(fresh)
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    stamp.write_text(key)
    return folder


def recipe(*names: str, **inputs: object) -> str:
    """A key for `made`: changes with the files `names` of this package and with the values of `inputs`."""
    digest = hashlib.sha256(repr(sorted(inputs.items())).encode())
    for path in sorted(file for name in names for file in _files(_HERE / name)):
        digest.update(f"{path.relative_to(_HERE)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]

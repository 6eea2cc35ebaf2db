"""Reads a manifest: only the trusted one, and none that says what cannot be, such as a part whose name is a path."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from gpufleet.bundle.manifest import (
    FORMAT,
    MANIFEST,
    Manifest,
    ManifestError,
    Part,
    StoredFile,
    StoredImage,
    StoredKey,
    StoredPackage,
    content_hash,
)

if TYPE_CHECKING:
    from pathlib import Path

Piece = TypeVar("Piece", Manifest, Part, StoredFile, StoredImage, StoredKey, StoredPackage)
_HASH = re.compile(r"[0-9a-f]{64}")
_HASHES = {"sha256", "file", "config"}
"""Attributes that hold one: parts lie under such names, and hosts are told them."""
_TYPES = {"str": str, "int": int}


@lru_cache(maxsize=8)  # a run needs it for every host, and several times
def read(content: bytes, trusted: str | None, place: str) -> Manifest:
    """Read a manifest.

    Args:
        content: of the file.
        trusted: its hash as declared; None where nobody has declared one (`gpufleet bundle verify`).
        place: its path, for messages.

    Raises:
        ManifestError: it is not the trusted one, or is of another make.
    """
    if trusted is not None and content_hash(content) != trusted:
        raise ManifestError(
            f"{place}: SHA-256 {content_hash(content)}, but bundle_sha256 is {trusted}: this is another bundle, or it "
            "was changed. `gpufleet bundle` prints the hash of the bundle that it makes"
        )
    try:
        found = json.loads(content.decode())
        if found.pop("format") != FORMAT:
            raise ManifestError(f"{place}: made by another version of gpufleet: make the bundle anew with this one")
        return _manifest(found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, ManifestError):
            raise
        raise ManifestError(f"{place}: not a manifest of a bundle ({error})") from None


def read_file(folder: Path, trusted: str | None) -> Manifest:
    """Read the manifest of a bundle in a folder on this machine; arguments and errors are those of `read`."""
    return read(content_of(folder), trusted, str(folder / MANIFEST))


def content_of(folder: Path) -> bytes:
    """The manifest of a bundle in a folder on this machine as it lies there.

    Raises:
        ManifestError: it cannot be read.
    """
    path = folder / MANIFEST
    try:
        return path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}: no bundle made by `gpufleet bundle`") from None


def _manifest(found: dict[str, Any]) -> Manifest:
    return _sound(
        Manifest(
            files=tuple(_file(each) for each in found.pop("files")),
            images=tuple(_image(each) for each in found.pop("images")),
            packages=tuple(_sound(StoredPackage(**each)) for each in found.pop("packages")),
            keys=tuple(_sound(StoredKey(**each)) for each in found.pop("keys")),
            **found,
        )
    )


def _image(told: dict[str, Any]) -> StoredImage:
    image = _sound(StoredImage(**{**told, "layers": tuple(told["layers"])}))
    for layer in image.layers:
        _a_hash(layer)
    return image


def _file(told: dict[str, Any]) -> StoredFile:
    file = _sound(StoredFile(told["sha256"], told["size"], tuple(_sound(Part(**part)) for part in told["parts"])))
    if sum(part.size for part in file.parts) != file.size:
        raise ValueError(f"the parts of {file.sha256} are not as long as the file")
    if len(file.parts) == 1 and file.parts[0].sha256 != file.sha256:
        raise ValueError(f"{file.sha256} is one part, and that has another hash")
    return file


def _sound(piece: Piece) -> Piece:
    """The same, if its texts are texts, its sizes sizes and its hashes hashes."""
    for each in fields(piece):
        value = getattr(piece, each.name)
        wanted = _TYPES.get(str(each.type))
        if wanted and type(value) is not wanted:
            raise TypeError(f"{each.name} is {value!r}")
        if wanted is int and value < 0:
            raise ValueError(f"{each.name} is {value}")
        if each.name in _HASHES:
            _a_hash(value)
    return piece


def _a_hash(value: object) -> None:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise ValueError(f"{value!r} is no SHA-256")

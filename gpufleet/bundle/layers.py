"""Images taken apart: what `docker save` writes becomes a configuration and layers, each stored once.

Archives of Docker before 25 hold `manifest.json` and layers beside it; later ones are OCI layouts that hold the same
`manifest.json`, naming blobs (https://github.com/moby/moby/tree/master/image/spec). Layers are plain tar archives, or
compressed where containerd keeps the images. Here each is compressed anew, so that one layer is the same bytes wherever
it was saved, and is checked against the hash that the image's configuration has for it.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from gpufleet.bundle.compression import decompressed, write_compressed
from gpufleet.bundle.manifest import StoredImage
from gpufleet.bundle.parts import store
from gpufleet.images.recipe import CONTENT_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gpufleet.bundle.manifest import StoredFile

INDEX = "manifest.json"
"""What an archive for `docker load` is told by."""


class ArchiveError(ValueError):
    """An archive is not what `docker save` writes, or was cut short; the message says which and why."""


@dataclass(frozen=True)
class _Layer:
    """A layer in the bundle.

    Attributes:
        file: as stored.
        size: in bytes, uncompressed.
    """

    file: StoredFile
    size: int


def taken_apart(archive: Path, folder: Path, scratch: Path) -> list[tuple[StoredImage, list[StoredFile]]]:
    """Store the images of an archive in a bundle.

    Args:
        archive: what `docker save` wrote of one image or several.
        folder: the bundle's.
        scratch: a folder with room for the largest layer, compressed.

    Returns:
        For each name of each image what the manifest says of it, and its files: configuration first, lowest layer next.

    Raises:
        ArchiveError: the archive cannot be used.
        OSError: the bundle cannot be written.
    """
    try:
        with tarfile.open(archive, "r:") as tar:
            return list(_images(_Saved(tar, folder, scratch)))
    except (tarfile.TarError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArchiveError(f"{archive}: no whole archive of `docker save`: {error}") from error


def load_index(image: StoredImage) -> str:
    """The text of `manifest.json` that makes an archive of an image's stored files, named by their hashes.

    Docker takes compressed layers in such an archive, whichever way it keeps images.
    """
    entry = {"Config": image.config, "RepoTags": [image.reference], "Layers": list(image.layers)}
    return json.dumps([entry])


class _Saved:
    """An open archive whose layers go into a bundle, each when it is first met."""

    def __init__(self, tar: tarfile.TarFile, folder: Path, scratch: Path) -> None:
        self._tar = tar
        self._folder = folder
        self._scratch = scratch
        self._layers: dict[str, _Layer] = {}

    def read(self, name: str) -> bytes:
        """What a member holds."""
        with self._member(name) as content:
            return bytes(content.read())

    def keep(self, content: bytes) -> StoredFile:
        """Store a small file."""
        return store(self._folder, content)

    def layer(self, name: str, diff_id: str) -> _Layer:
        """Store the layer in a member, unless one of that content is stored already.

        Args:
            name: of the member.
            diff_id: the hash of its uncompressed bytes, as the image's configuration has it.
        """
        if diff_id not in self._layers:
            self._layers[diff_id] = self._stored(name, diff_id)
        return self._layers[diff_id]

    def _stored(self, name: str, diff_id: str) -> _Layer:
        packed = self._scratch / "layer"
        try:
            with (
                self._member(name) as content,
                decompressed(content, self._scratch) as plain,
                packed.open("wb") as target,
            ):
                found = write_compressed(plain, target)
            if f"sha256:{found.sha256}" != diff_id:
                raise ArchiveError(f"its layer {name} is sha256:{found.sha256}, the image asks for {diff_id}")
            return _Layer(store(self._folder, packed), found.size)
        finally:
            packed.unlink(missing_ok=True)

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        content: IO[bytes] | None = self._tar.extractfile(name)
        if content is None:
            raise ArchiveError(f"{name} is no file in it")
        with content:
            yield content


def _images(saved: _Saved) -> Iterator[tuple[StoredImage, list[StoredFile]]]:
    for entry in json.loads(saved.read(INDEX)):
        content = saved.read(entry["Config"])
        config = _config(entry["Config"], content)
        layers = _layers(saved, entry["Layers"], config["rootfs"]["diff_ids"])
        stored = saved.keep(content)
        files = [stored, *dict.fromkeys(layer.file for layer in layers)]
        for reference in entry.get("RepoTags") or ():
            yield _image(reference, config.get("config") or {}, stored, layers), files


def _config(name: str, content: bytes) -> dict[str, Any]:
    """An image's configuration; its member is called by its hash, `blobs/sha256/…` or `….json`."""
    actual = hashlib.sha256(content).hexdigest()
    if name.rpartition("/")[2].removesuffix(".json") != actual:
        raise ArchiveError(f"its configuration {name} has SHA-256 {actual}")
    found: dict[str, Any] = json.loads(content)
    return found


def _layers(saved: _Saved, names: Sequence[str], diff_ids: Sequence[str]) -> list[_Layer]:
    if len(names) != len(diff_ids):
        raise ArchiveError(f"it lists {len(names)} layers, the image asks for {len(diff_ids)}")
    return [saved.layer(name, diff_id) for name, diff_id in zip(names, diff_ids, strict=True)]


def _image(reference: str, told: dict[str, Any], config: StoredFile, layers: Sequence[_Layer]) -> StoredImage:
    return StoredImage(
        reference=reference,
        content=(told.get("Labels") or {}).get(CONTENT_LABEL, ""),
        config=config.sha256,
        layers=tuple(layer.file.sha256 for layer in layers),
        size=sum(layer.size for layer in layers),
        user=told.get("User") or "",
    )

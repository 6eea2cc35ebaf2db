"""What a bundle holds. Its canonical text is what is trusted: its hash is a setting, and all else follows from it.

Everything in a bundle is a file, known by its SHA-256, and every file lies there as parts of at most `PART_BYTES`, each
named by its own SHA-256 and stored once: `DIR/manifest.json` and `DIR/parts/<sha256>`. So a copy can be made part by
part, taken up where it broke off, and checked at any time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

MANIFEST = "manifest.json"
PARTS = "parts"
PART_BYTES = 48 * 1024 * 1024
FORMAT = 1


class ManifestError(ValueError):
    """A manifest cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Part:
    """A piece of a file.

    Attributes:
        sha256: of the piece, and its name in the bundle.
        size: in bytes, at most `PART_BYTES`.
    """

    sha256: str
    size: int


@dataclass(frozen=True)
class StoredFile:
    """A file of a bundle.

    Attributes:
        sha256: of the whole.
        size: in bytes.
        parts: its pieces in order.
    """

    sha256: str
    size: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class StoredPackage:
    """A package for apt.

    Attributes:
        name: as `docker-ce`.
        version: as `5:28.5.2-1~debian.13~trixie`.
        architecture: as dpkg names it, `all` among them.
        file: SHA-256 of the .deb.
        control: its fields as they stand in an index of apt's, without file name, size and hashes.
    """

    name: str
    version: str
    architecture: str
    file: str
    control: str


@dataclass(frozen=True)
class StoredKey:
    """A vendor's key.

    Attributes:
        name: of the repository, `docker`.
        fingerprint: of its primary key.
        file: SHA-256 of the key as the vendor publishes it.
    """

    name: str
    fingerprint: str
    file: str


@dataclass(frozen=True)
class StoredImage:
    """An image, as docker loads it.

    Attributes:
        reference: its repository and tag.
        content: the content hash that its label `gpufleet.content` holds.
        config: SHA-256 of its configuration as stored.
        layers: SHA-256 of its layers as stored, compressed, the lowest first; images share them.
        size: in bytes on the host, uncompressed.
        user: whom it runs as, in its configuration's words: `1000`; empty for root.
    """

    reference: str
    content: str
    config: str
    layers: tuple[str, ...]
    size: int
    user: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds, and for which hosts.

    Attributes:
        target: `debian13`.
        architecture: as dpkg names it.
        packages: sorted by name and version.
        keys: sorted by name.
        images: sorted by reference.
        files: every file, sorted by hash.
    """

    target: str
    architecture: str
    packages: tuple[StoredPackage, ...]
    keys: tuple[StoredKey, ...]
    images: tuple[StoredImage, ...]
    files: tuple[StoredFile, ...]

    def file(self, sha256: str) -> StoredFile:
        """The file with that hash.

        Raises:
            ManifestError: there is none.
        """
        for each in self.files:
            if each.sha256 == sha256:
                return each
        raise ManifestError(f"the manifest names a file {sha256} that it does not list: make the bundle anew")

    def text(self) -> str:
        """The one text for what it says: equal content, equal text, so equal hash."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @property
    def sha256(self) -> str:
        """The hash of its text, 64 hexadecimal digits: what `bundle_sha256` is set to."""
        return content_hash(self.text().encode())


def content_hash(content: bytes) -> str:
    """The SHA-256 of a manifest's bytes."""
    return hashlib.sha256(content).hexdigest()

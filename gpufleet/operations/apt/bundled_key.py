"""A vendor's key out of a bundle."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.bundle.delivery import sentence
from gpufleet.bundle.parts import WAY_OUT, part_path
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.files import FileContent, FileState
from gpufleet.operations.bundle import manifest_of

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.bundle.manifest import Part


def bundled_key(bundle: Bundle, fingerprint: str) -> bytes | Objection:
    """What a bundle holds as a vendor's key; only facts are read.

    Args:
        bundle: as declared.
        fingerprint: the pinned one.

    Returns:
        The key as the vendor publishes it, or why there is none.
    """
    manifest = manifest_of(bundle)
    if isinstance(manifest, Objection):
        return manifest
    found = next((key for key in manifest.keys if key.fingerprint == fingerprint), None)
    if found is None:
        observed = ", ".join(f"{key.fingerprint} of {key.name}" for key in manifest.keys) or "none"
        way_out = "Make the bundle anew with the same settings that this host has."
        return Objection("the keys in the bundle", f"one with fingerprint {fingerprint}", observed, way_out)
    content = b""
    for part in manifest.file(found.file).parts:
        piece = _content(bundle, part)
        if isinstance(piece, Objection):
            return piece
        content += piece
    return content


def _content(bundle: Bundle, part: Part) -> bytes | Objection:
    path = part_path(Path(bundle.path), part.sha256)
    expected = f"{part.size} bytes with SHA-256 {part.sha256}"
    content = _on_host(path) if bundle.on_host else _here(path)
    if isinstance(content, str):
        return Objection(str(path), expected, content, sentence(WAY_OUT))
    actual = hashlib.sha256(content).hexdigest()
    if actual == part.sha256:
        return content
    observed = f"changed or cut short: {len(content)} bytes, SHA-256 {actual}"
    return Objection(str(path), expected, observed, sentence(WAY_OUT))


def _on_host(path: Path) -> bytes | str:
    found = host.get_fact(FileContent, path=str(path))
    if isinstance(found, FileState):
        return found.content
    return found.why if found else "missing"


def _here(path: Path) -> bytes | str:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable ({error.strerror})"

"""What of a bundle goes to a host, and what keeps it from going there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.apt.versions import fits
from gpufleet.dockerd.objections import Objection
from gpufleet.state import BUNDLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpufleet.bundle.manifest import Manifest, Part, StoredFile
    from gpufleet.facts.bundle import Copies
    from gpufleet.platform import Platform


def fitting(manifest: Manifest, platform: Platform) -> Objection | None:
    """Why a bundle is not for a host, None when it is.

    Args:
        manifest: the bundle's.
        platform: what the host is.
    """
    kind = f"{platform.distribution}{platform.version}"
    if (manifest.target, manifest.architecture) == (kind, platform.architecture):
        return None
    return Objection(
        "the declared bundle",
        f"one for {kind} on {platform.architecture}, which this host is",
        f"one for {manifest.target} on {manifest.architecture}",
        f"Make one with `gpufleet bundle --for {kind}`, and declare it for hosts of this kind.",
    )


def missing_parts(files: Sequence[StoredFile], copies: Copies) -> list[Part]:
    """The parts that have to be sent, each once.

    Args:
        files: those that the host lacks.
        copies: what it has.
    """
    parts = {part.sha256: part for file in files for part in file.parts}
    return [part for part in parts.values() if copies.parts.get(part.sha256) != part.size]


def no_room(files: Sequence[StoredFile], copies: Copies, *, on_host: bool) -> Objection | None:
    """That the host has too little room for copies of what it lacks.

    Args:
        files: those that it lacks.
        copies: what it has.
        on_host: the bundle is on the host itself, so that parts are not copied besides.
    """
    parts = 0 if on_host else sum(part.size for part in missing_parts(files, copies))
    several = [file.size for file in files if on_host or len(file.parts) > 1]  # single parts become the file
    needed = parts + (sum(several) if on_host else max(several, default=0))
    if needed <= copies.free_bytes:
        return None
    free, wanted = f"{copies.free_bytes / 1e9:.2f} GB", f"{needed / 1e9:.2f} GB free for copies out of the bundle"
    return Objection(BUNDLE, wanted, free, "Make room there; the copies go again once they have been used.")


def lacking(manifest: Manifest, versions: Mapping[str, str | None]) -> Objection | None:
    """That a bundle does not hold a package as it is wanted.

    Args:
        manifest: the bundle's.
        versions: the pin of each package that is to be installed, None for any version.
    """
    for name, pin in versions.items():
        held = [each.version for each in manifest.packages if each.name == name]
        if not any(pin is None or fits(version, pin) for version in held):
            observed = f"a bundle with {name} {', '.join(held)}" if held else f"a bundle without {name}"
            return Objection(name, f"version {pin}" if pin else "the package", observed, WAY_OUT)
    return None


WAY_OUT = "Make the bundle anew with the same settings that this host has, or declare what it holds."


def sentence(words: str) -> str:
    """What a person can do, as `refuse` wants it."""
    return f"{words[:1].upper()}{words[1:]}."


def index(manifest: Manifest, folder: str) -> str:
    """The packages of a bundle as apt reads them from a repository.

    Args:
        manifest: the bundle's.
        folder: where the files lie, relative to the repository, each named by its hash.
    """
    return "\n".join(_stanza(manifest, folder))


def _stanza(manifest: Manifest, folder: str) -> Iterator[str]:
    sizes = {file.sha256: file.size for file in manifest.files}
    for package in manifest.packages:
        control = package.control.rstrip("\n")
        yield f"{control}\nFilename: {folder}/{package.file}\nSize: {sizes[package.file]}\nSHA256: {package.file}\n"

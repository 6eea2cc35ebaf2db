"""The packages of a bundle: decided and fetched by apt, from the archives that hosts of that kind use."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from gpufleet.apt.versions import fits
from gpufleet.bundle import packages_index
from gpufleet.bundle.aptroot import AptError
from gpufleet.bundle.manifest import Part, StoredPackage
from gpufleet.bundle.parts import part_path, problem, store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gpufleet.bundle.aptroot import AptRoot
    from gpufleet.bundle.manifest import StoredFile
    from gpufleet.bundle.packages_index import Download
    from gpufleet.bundle.packages_known import Indexes

Pins = dict[str, str | None]
"""The pin of each package by name, None for the newest."""
SHOWN_VERSIONS = 8
PRINT = ("--print-uris", "-o", "Acquire::ForceHash=SHA256")


def exact(apt: AptRoot, pins: Mapping[str, str | None]) -> list[str]:
    """Packages as apt-get takes them, with the full version that each pin means.

    Args:
        apt: knows the archives.
        pins: of the packages.

    Returns:
        As `docker-ce=5:28.5.2-1~debian.13~trixie`, and the bare name where there is no pin.

    Raises:
        AptError: a package or a version is not to be had.
    """
    words = []
    for name, pin in sorted(pins.items()):
        known = packages_index.versions(apt.run("apt-cache", "madison", name))
        if not known:
            raise AptError(f"package {name} is not to be had: no source has it for this release and architecture")
        version = next((each for each in known if pin and fits(each, pin)), None)
        if pin and version is None:
            more = f" and {len(known) - SHOWN_VERSIONS} older ones" if len(known) > SHOWN_VERSIONS else ""
            there = ", ".join(known[:SHOWN_VERSIONS]) + more
            raise AptError(f"version {pin} of {name} is not to be had; there are {there}")
        words.append(f"{name}={version}" if version else name)
    return words


def fetched(
    apt: AptRoot, wanted: Sequence[Sequence[str]], status: str, folder: Path, say: Callable[[str], None]
) -> dict[str, Download]:
    """Have apt download what it takes to install packages, recommended ones included, as on hosts with a network.

    What a former bundle in the folder has is not downloaded again.

    Args:
        apt: knows the archives.
        wanted: packages in the words of `exact`; those of each group can be installed together.
        status: text of dpkg's status on a host. What a group names of it is gathered all the same, as hosts may lose
            it; other groups' packages stay, since packages that the host has may depend on them.
        folder: the bundle's.
        say: told how much is downloaded.

    Returns:
        What has been downloaded, by file name in apt's folder of archives.

    Raises:
        AptError: apt cannot resolve it, cannot download it, or there is no room.
    """
    found: dict[str, Download] = {}
    for words in wanted:
        apt.set_status(packages_index.without(status, _names(words)))
        printed = apt.run("apt-get", *PRINT, *apt.nothing_downloaded(), "install", *words, what=" ".join(words))
        new = [each for each in packages_index.downloads(printed) if each.file not in found]
        for each in new:
            _reuse(apt.archives, folder, each)
            found[each.file] = each
        if new:
            lacking = [each for each in new if not (apt.archives / each.file).exists()]
            size = sum(each.size for each in lacking)
            _room(apt.archives, size)
            say(f"  {len(new)} packages, of which {len(lacking)} are downloaded now ({size / 1e6:.1f} MB)")
            apt.run("apt-get", "--download-only", "install", *words, what="download of packages")
    names = {name for words in wanted for name in _names(words)}
    if missing := sorted(names - {each.package[0] for each in found.values()}):
        raise AptError(f"apt would not download {', '.join(missing)}, though nothing says that hosts have it")
    return found


def _names(words: Sequence[str]) -> set[str]:
    return {word.partition("=")[0] for word in words}


def _reuse(archives: Path, folder: Path, download: Download) -> None:
    """Give apt a file that a former bundle has, where it is whole: apt itself would look at no more than its size."""
    target = archives / download.file
    if download.sha256 and not target.exists():
        part = Part(download.sha256, download.size)
        if problem(folder, part) is None:
            _same_file(part_path(folder, part.sha256), target)


def _same_file(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _room(archives: Path, needed: int) -> None:
    free = shutil.disk_usage(archives).free
    if needed > free:
        there = f"{free / 1e6:.0f} MB free, and {needed / 1e6:.0f} MB of packages are to be downloaded"
        raise AptError(f"{archives.parent}: {there}: make room")


def stored(
    archives: Path, found: Mapping[str, Download], indexes: Indexes, folder: Path
) -> list[tuple[StoredPackage, StoredFile]]:
    """Move downloaded packages into a bundle.

    Args:
        archives: apt's folder of them.
        found: what it holds, by file name.
        indexes: where the packages are described.
        folder: the bundle's.

    Returns:
        For each package what the manifest says of it, and its file; sorted by name and version.

    Raises:
        AptError: a file is not what the archives' indexes say of it; it is removed.
    """
    described = {}
    for stanza in indexes.all({each.package[0] for each in found.values()}):
        described[stanza.name, stanza.version, stanza.architecture, stanza.fields.get("sha256")] = stanza
    result = []
    for name, download in sorted(found.items()):
        path = archives / name
        file = store(folder, path)
        path.unlink()  # its room is needed, and the part is what a next run takes
        known = described.get((*download.package, file.sha256))  # of what is stored, not of what lay there before
        if known is None:
            raise AptError(f"{name}: SHA-256 {file.sha256}, which no index names: it has been removed, gather again")
        result.append((StoredPackage(*download.package, file.sha256, known.control), file))
    return sorted(result, key=lambda each: (each[0].name, each[0].version, each[0].architecture))

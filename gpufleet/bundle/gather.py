"""Gathers a bundle: packages through a private apt, keys, images; the manifest last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gpufleet.bundle import gather_sources, packages, packages_known
from gpufleet.bundle.aptroot import AptRoot
from gpufleet.bundle.gather_folder import finish, gathering
from gpufleet.bundle.gather_images import gathered
from gpufleet.bundle.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.bundle.gather_images import ImageSource
    from gpufleet.bundle.manifest import StoredFile, StoredKey, StoredPackage
    from gpufleet.bundle.wanted import Target, Wanted

Say = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What is to be gathered.

    Attributes:
        target: the kind of host.
        folder: where the bundle goes.
        wanted: what the roles want, for each host.
        sources: of the distribution, by file name; None for this machine's own.
        status: text of a host's own dpkg status; None for the smallest system.
        image_source: has the images built.
    """

    target: Target
    folder: Path
    wanted: tuple[Wanted, ...]
    sources: dict[str, str] | None
    status: str | None
    image_source: ImageSource


def gather(request: Request, say: Say) -> Manifest:
    """Gather a bundle.

    Args:
        request: what of.
        say: told of each step as it begins.

    Returns:
        The manifest, which lies in the folder with all its parts.

    Raises:
        FolderError: the folder cannot be taken.
        SourcesError: there are no sources for that kind of host.
        AptError: packages or keys cannot be had.
        ArchitectureError: images are for other machines; `image_source` raises what else keeps them from being had.
        OSError: the folder cannot be written.
    """
    with gathering(request.folder) as work:
        keys, debs = _from_apt(request, work, say)
        wanted = [image for each in request.wanted for image in each.images]
        images = gathered(wanted, request.target, request.folder, request.image_source, say)
        files = [file for _, file in (*keys, *debs)] + [file for _, several in images for file in several]
        manifest = Manifest(
            target=request.target.name,
            architecture=request.target.architecture,
            packages=tuple(package for package, _ in debs),
            keys=tuple(key for key, _ in keys),
            images=tuple(sorted((image for image, _ in images), key=lambda image: image.reference)),
            files=tuple(sorted({file.sha256: file for file in files}.values(), key=lambda file: file.sha256)),
        )
        finish(request.folder, manifest)
    return manifest


def _from_apt(
    request: Request, work: Path, say: Say
) -> tuple[list[tuple[StoredKey, StoredFile]], list[tuple[StoredPackage, StoredFile]]]:
    with TemporaryDirectory(prefix="gpufleet-bundle-") as root:
        apt = AptRoot(Path(root), work / "archives", request.target.architecture)
        repositories = list(dict.fromkeys(each for wanted in request.wanted for each in wanted.repositories))
        texts = request.sources
        if texts is None:
            texts = gather_sources.of_this_machine(apt, request.target)
        apt.add_sources(gather_sources.without_vendors(texts, repositories))
        say(f"keys of {', '.join(sorted({each.name for each in repositories})) or 'no vendor'}")
        keys = gather_sources.add_vendors(apt, repositories)
        say("indexes of the sources")
        gather_sources.update(apt, request.target)
        debs = _packages(request, apt, say)
        return gather_sources.stored_keys(keys, request.folder), debs


def _packages(request: Request, apt: AptRoot, say: Say) -> list[tuple[StoredPackage, StoredFile]]:
    sets = [packages.exact(apt, pins) for pins in _pin_sets(request.wanted)]
    indexes = packages_known.Indexes.of(apt)
    names = {name for wanted in request.wanted for name in wanted.packages}
    status = packages_known.minimal_status(apt, indexes) if request.status is None else request.status
    say(f"packages: {', '.join(sorted(names))}")
    found = packages.fetched(apt, sets, status, request.folder, say)
    return packages.stored(apt.archives, found, indexes, request.folder)


def _pin_sets(wanted: Sequence[Wanted]) -> list[packages.Pins]:
    """The packages of each host, no two sets alike: hosts may want what cannot be installed together."""
    sets = {tuple(sorted(each.packages.items(), key=lambda pin: pin[0])): None for each in wanted if each.packages}
    return [dict(pins) for pins in sets]

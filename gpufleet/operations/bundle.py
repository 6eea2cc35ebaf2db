"""Brings what a host needs of a bundle onto it, every part checked there before it is used.

An operation that takes something from a bundle asks for `manifest_of` it, and refuses where that is an objection. After
its `begin` come the commands of `delivered`; then it uses what lies at `path_of` each file, and ends with `removed`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand

from gpufleet.bundle.delivery import fitting, missing_parts, no_room
from gpufleet.bundle.manifest import MANIFEST, Manifest, ManifestError
from gpufleet.bundle.manifest_reading import read, read_file
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.bundle import BundleCopies
from gpufleet.facts.files import FileContent, FileState
from gpufleet.facts.platform import PlatformFacts
from gpufleet.finding import Difference, Finding
from gpufleet.operations.bundle_commands import FOLDER, assembled, sound, uploads
from gpufleet.operations.bundle_parts import here
from gpufleet.operations.change import Commands, refuse
from gpufleet.state import BUNDLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.bundle.chosen import Bundle


def path_of(sha256: str) -> str:
    """Where `delivered` leaves a file on the host.

    Args:
        sha256: of the whole file.
    """
    return f"{BUNDLE}/{FOLDER}/{sha256}"


def manifest_of(bundle: Bundle, **root: Unpack[Root]) -> Manifest | Objection:
    """The manifest of a bundle, the trusted one.

    Only facts are read, and those only where the bundle is on the host; to be called where something is to be done.

    Args:
        bundle: as declared.
        root: pyinfra's global arguments for what is asked outside of an operation.

    Returns:
        The manifest, or why there is none: `refuse(**objection._asdict())` says it.
    """
    try:
        manifest = _on_host(bundle, **root) if bundle.on_host else read_file(Path(bundle.path), bundle.sha256)
    except ManifestError as error:
        place, _, why = str(error).partition(": ")
        return Objection(place, "the declared bundle", why, "See bundle_path, bundle_location and bundle_sha256.")
    if not bundle.on_host:
        return manifest
    return fitting(manifest, host.get_fact(PlatformFacts, gpu_seconds=0, **root)) or manifest


def refused(differences: Sequence[Difference], objection: Objection) -> Commands:
    """Stop this host where the bundle does not give what mends a difference; nothing has been begun.

    Args:
        differences: what was found, which is told all the same.
        objection: what is the matter with the bundle.

    Yields:
        The findings, each with that as what keeps it from being mended, and a command that says it and fails.
    """
    why = f"{objection.resource}: {objection.observed} (wanted: {objection.expected}). {objection.way_out}"
    for difference in differences:
        yield Finding(replace(difference, refused=True, remedy=why))
    yield StringCommand("printf", "'%s\\n'", QuoteString(f"refused: {why}"), ">&2; exit 1")


def delivered(
    bundle: Bundle, manifest: Manifest, files: Sequence[str], undone: StringCommand | None = None
) -> Commands:
    """Leave whole files of a bundle, checked, at `path_of(sha256)` on the host.

    What an upload that broke off has left there is checked and not sent again. Where the bundle is on the host its
    folder is only read. A part that is missing or not what the manifest says is refused, and the operation ends there.

    Args:
        bundle: as declared.
        manifest: its own.
        files: hashes of the wanted files.
        undone: the command that takes away what has been done before, where this ends in a refusal.

    Yields:
        Commands that write below `BUNDLE` and nowhere else; `begin(...)` has gone before them.
    """
    wanted = [manifest.file(sha256) for sha256 in dict.fromkeys(files)]
    copies = host.get_fact(BundleCopies)
    if copies.some:
        yield sound()
        copies = host.get_fact(BundleCopies)
    lacking = [file for file in wanted if copies.files.get(file.sha256) != file.size]
    parts = [] if bundle.on_host else missing_parts(lacking, copies)
    if objection := no_room(lacking, copies, on_host=bundle.on_host) or here(bundle, parts):
        if undone is not None:
            yield undone
        yield from refuse(**objection._asdict())
        return
    yield from uploads(Path(bundle.path), parts)
    if lacking:
        yield assembled(lacking, bundle, undone)


def removed(files: Sequence[str] | None = None) -> StringCommand:
    """Take copies away again, once they have been used.

    Args:
        files: hashes of those that have; by default all copies go, parts that were sent for something else included.
    """
    if files is None:
        return StringCommand("rm -rf", BUNDLE)
    index = (f"{BUNDLE}/apt", f"{BUNDLE}/Packages")
    empty = f"rmdir {BUNDLE}/{FOLDER} {BUNDLE}/parts {BUNDLE} 2>/dev/null"
    return StringCommand("rm -rf", *index, *map(path_of, files), f"; {empty} || true")


def _on_host(bundle: Bundle, **root: Unpack[Root]) -> Manifest:
    path = f"{bundle.path.rstrip('/')}/{MANIFEST}"
    found = host.get_fact(FileContent, path=path, **root)
    if not isinstance(found, FileState):
        raise ManifestError(f"{path}: {found.why if found else 'not there, on the host itself'}")
    return read(found.content, bundle.sha256, path)

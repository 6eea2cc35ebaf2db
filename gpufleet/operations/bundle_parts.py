"""Whether the parts of a bundle are as they should be, asked before anything changes on a host.

They are checked again where they are used; what is found only there is found when other things have been done.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.bundle.delivery import sentence
from gpufleet.bundle.manifest import PARTS
from gpufleet.bundle.sending import first_problem
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.bundle import BundleParts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Unpack

    from gpufleet.become import Root
    from gpufleet.bundle.chosen import Bundle
    from gpufleet.bundle.manifest import Manifest, Part

SECONDS = 600
"""For reading them on a host: some hundred megabytes, from a slow disk or over a network."""


def damaged(bundle: Bundle, manifest: Manifest, files: Iterable[str], **root: Unpack[Root]) -> Objection | None:
    """The first part that cannot be used, None where all can. To be called only where something is to be installed.

    On this machine a part is read once, however many hosts need it.

    Args:
        bundle: as declared.
        manifest: its own.
        files: hashes of the files that the host needs.
        root: pyinfra's global arguments for what is asked of the host.

    Raises:
        ManifestError: the manifest lists no such file.
    """
    found = {part.sha256: part for sha256 in files for part in manifest.file(sha256).parts}
    parts = list(found.values())
    return there(bundle, parts, **root) if bundle.on_host else here(bundle, parts)


def here(bundle: Bundle, parts: Sequence[Part]) -> Objection | None:
    """The first part on this machine that is not what the manifest says.

    Args:
        bundle: as declared.
        parts: those that matter.
    """
    found = first_problem(Path(bundle.path), parts)
    return Objection(found.path, found.expected, found.observed, sentence(found.way_out)) if found else None


def there(bundle: Bundle, parts: Sequence[Part], **root: Unpack[Root]) -> Objection | None:
    """The same of a bundle that is on the host.

    Args:
        bundle: as declared.
        parts: those that matter.
        root: pyinfra's global arguments for what is asked of the host.
    """
    folder = f"{bundle.path.rstrip('/')}/{PARTS}"
    lines = [f"{part.sha256}:{part.size}" for part in parts]
    answer = host.get_fact(BundleParts, folder=folder, _stdin=lines, _timeout=SECONDS, **root)
    if answer is None:
        return None
    path, _, observed = answer.partition(": ")
    part = next((each for each in parts if path.endswith(each.sha256)), None)
    expected = f"{part.size} bytes with SHA-256 {part.sha256}" if part else "a part of the bundle"
    return Objection(path, expected, observed, "Copy this part of the bundle to the host again.")

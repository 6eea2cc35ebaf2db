"""The commands that bring parts of a bundle onto a host and make files of them."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING

from pyinfra.api import QuoteString, StringCommand

from gpufleet.bundle.delivery import index
from gpufleet.bundle.manifest import PARTS
from gpufleet.bundle.sending import archive, base64_lines, batches
from gpufleet.facts.scripts import script
from gpufleet.operations.shown import ShownCommand
from gpufleet.state import BUNDLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyinfra.api import Host, State
    from pyinfra.api.arguments import ConnectorArguments
    from pyinfra.connectors.util import CommandOutput

    from gpufleet.bundle.chosen import Bundle
    from gpufleet.bundle.manifest import Manifest, Part, StoredFile

FOLDER = "files"
"""Below `BUNDLE`: whole files, named by their hash."""


class _Encoded(list[str]):
    """Parts of a bundle as pyinfra writes them to standard input: a list, line by line, made as it is sent.

    A list that held them would keep the whole bundle in memory until the operation has ended.
    """

    def __init__(self, folder: Path, parts: Sequence[Part]) -> None:
        super().__init__(["base64"])  # what is empty is not sent at all
        self._folder, self._parts = folder, parts

    def __iter__(self) -> Iterator[str]:
        return base64_lines(archive(self._folder, self._parts))


class _Upload(ShownCommand):
    """Parts, sent through standard input: with root's rights at once, and no temporary file anywhere else."""

    def __init__(self, folder: Path, parts: Sequence[Part], told: str) -> None:
        super().__init__("sh -c", QuoteString(_script("bundle-parts.sh")), "sh", BUNDLE, QuoteString(told))
        self._folder, self._parts = folder, parts

    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> tuple[bool, CommandOutput]:
        """Send them."""
        connector_arguments["_stdin"] = _Encoded(self._folder, self._parts)
        return super().execute(state, host, connector_arguments)


def uploads(folder: Path, parts: Sequence[Part]) -> Iterator[ShownCommand]:
    """The commands that send parts; each says how far it has come.

    Args:
        folder: the bundle's, on this machine.
        parts: those that the host lacks.
    """
    total, count, size = sum(part.size for part in parts), 0, 0
    for batch in batches(parts):
        count += len(batch)
        size += sum(part.size for part in batch)
        told = f"part {count} of {len(parts)} of what is needed of the bundle is there, {_mb(size)} of {_mb(total)} MB"
        yield _Upload(folder, batch, told)


def assembled(files: Sequence[StoredFile], bundle: Bundle, undone: StringCommand | None = None) -> ShownCommand:
    """Make whole files of parts that are on the host.

    Args:
        files: as the manifest names them.
        bundle: where it is on the host its own parts are read, else those that were sent, which go.
        undone: see `or_else`.
    """
    folder = f"{bundle.path.rstrip('/')}/{PARTS}" if bundle.on_host else f"{BUNDLE}/{PARTS}"
    keep = "keep" if bundle.on_host else ""
    lines = [" ".join([file.sha256, *(f"{part.sha256}:{part.size}" for part in file.parts)]) for file in files]
    words = (QuoteString(_script("bundle-files.sh")), "sh", BUNDLE, QuoteString(folder), QuoteString(keep))
    return ShownCommand("sh -c", *words, *or_else(undone), _stdin=lines)


def or_else(undone: StringCommand | None) -> tuple[str | StringCommand, ...]:
    """The end of a command that has another one run before it fails.

    Args:
        undone: the other one, None for none.
    """
    return () if undone is None else ("|| {", undone, "; exit 1; }")


def indexed(manifest: Manifest) -> ShownCommand:
    """Write the index of a bundle's packages, as apt reads it.

    Args:
        manifest: the bundle's.
    """
    packed = gzip.compress(index(manifest, FOLDER).encode(), mtime=0)
    lines = [base64.b64encode(packed).decode()]
    return ShownCommand("sh -c", QuoteString(_script("bundle-index.sh")), "sh", BUNDLE, _stdin=lines)


def sound() -> ShownCommand:
    """Take away those copies on the host that are not what they are named after."""
    return ShownCommand("sh -c", QuoteString(_script("bundle-sound.sh")), "sh", BUNDLE)


def _script(name: str) -> str:
    return script(name, "gpufleet.operations.scripts")


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"

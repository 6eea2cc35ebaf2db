"""What lies of a bundle on a host: gpufleet's own copies, which go once they have been used, or the bundle itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

from gpufleet.bundle.parts import WRITTEN
from gpufleet.facts.scripts import script
from gpufleet.state import BUNDLE

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Copies:
    """Parts and files of a bundle under `BUNDLE`. Who put them there had checked them.

    Attributes:
        parts: size in bytes of each part, by its hash.
        files: size in bytes of each whole file, by its hash.
        unfinished: some came and were not checked any more.
        free_bytes: what can still be written where they lie.
    """

    parts: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    unfinished: bool = False
    free_bytes: int = 0

    @property
    def some(self) -> bool:
        """There are any."""
        return bool(self.parts or self.files or self.unfinished)

    @property
    def told(self) -> str:
        """What there is, in words."""
        whole = len(self.parts) + len(self.files)
        words = [f"{whole} files"] if whole else []
        return " and ".join(words + (["what an upload that was cut off has left"] if self.unfinished else []))


class BundleCopies(FactBase[Copies]):
    """Look at names and sizes; contents are not read here, which takes its time."""

    SCRIPT = (
        f'cd / || exit 0; for file in {BUNDLE}/parts/* {BUNDLE}/files/*; do [ ! -f "$file" ] || '
        f'stat -c "%s %n" "$file"; done; there={BUNDLE}; while [ ! -d "$there" ]; do there=${{there%/*}}; '
        'there=${there:-/}; done; stat -f -c "free %a %S" "$there"'
    )

    def command(self) -> str:
        """List them, then the room that is left."""
        return self.SCRIPT

    def process(self, output: list[str]) -> Copies:
        """One line for each file."""
        try:
            *rows, (_, blocks, size) = (line.split(" ") for line in output)
            found = {path.removeprefix(f"{BUNDLE}/"): int(number) for number, path in rows}
            unfinished = any(path.endswith(WRITTEN) for path in found)
            return Copies(_below(found, "parts/"), _below(found, "files/"), unfinished, int(blocks) * int(size))
        except ValueError as error:
            raise FactProcessError(f"unexpected answer about copies of a bundle: {output[-3:]}: {error}") from error

    @staticmethod
    def default() -> Copies:
        """Nothing is known to be there."""
        return Copies()


class BundleParts(FactBase[str | None]):
    """What is wrong with the first bad part of a bundle on the host, in words; None where all are as they should be.

    Every part is read, which takes its time. Standard input names them, one a line, as `hash:size`.
    """

    def command(self, folder: str) -> StringCommand:
        """Read those in `folder`."""
        return StringCommand("sh -c", QuoteString(script("bundle-parts-there.sh")), "sh", QuoteString(folder))

    def process(self, output: list[str]) -> str | None:
        """`sound`, or the part and what is wrong with it."""
        if len(output) != 1:
            raise FactProcessError(f"unexpected answer about the parts of a bundle: {output[-3:]}")
        return None if output[0] == "sound" else output[0]

    @staticmethod
    def default() -> str | None:
        """Nothing is known; each part is looked at again where it is used."""
        return None


def _below(found: Mapping[str, int], folder: str) -> dict[str, int]:
    return {
        path.removeprefix(folder): size
        for path, size in found.items()
        if path.startswith(folder) and not path.endswith(WRITTEN)
    }

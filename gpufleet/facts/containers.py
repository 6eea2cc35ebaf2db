"""Read our containers, and those of given names, in one command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from pyinfra.api import FactBase, FactProcessError, QuoteString, StringCommand

from gpufleet.containers.layer import Layer
from gpufleet.containers.reading import containers
from gpufleet.containers.state import Containers
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script
from gpufleet.platform.report import ReportError

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 7
"""How long the daemon may take for all that a fact asks; a healthy one needs 0.1 s."""


class ContainersOfHost(FactBase[Containers | Unreadable]):
    """Our containers and those of given names; `Unreadable` where the daemon does not answer.

    A host without Docker has none. Everything is asked of the system's own daemon, as root.
    """

    def command(
        self, names: Sequence[str], references: Sequence[str], variables: Sequence[str], seconds: int = SECONDS
    ) -> str:
        """The reading script.

        Args:
            names: of containers, whether they are ours or not.
            references: of images, to learn what they stand for on this host.
            variables: names of those in containers of which a digest is wanted.
            seconds: how long the daemon may take for everything.
        """
        given = (
            f"seconds={seconds:d} names={_words(names)} references={_words(references)} variables={_words(variables)}"
        )
        program = shlex.quote(script("containers.pl"))
        return f"{given} program={program}\n{script('dockerd.sh')}{script('ask.sh')}{script('containers.sh')}"

    def process(self, output: list[str]) -> Containers | Unreadable:
        """Parse the script's output."""
        try:
            return containers(output)
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> Containers | Unreadable:
        """A host of which nothing is known: every operation that would change something refuses."""
        return Unreadable("the host could not be asked")


class WritableLayer(FactBase[Layer | None]):
    """What is in a container's writable layer, None when that cannot be counted within 7 s."""

    def command(self, container: str, mounts: Sequence[str]) -> StringCommand:
        """Count it.

        Args:
            container: id or name.
            mounts: where something of the host shows inside.
        """
        words = [container, "".join(f"|{mount}" for mount in mounts)]
        return StringCommand(
            "sh -c", QuoteString(script("ask.sh") + script("layer.sh")), "sh", *map(QuoteString, words)
        )

    def process(self, output: list[str]) -> Layer | None:
        """Both numbers."""
        try:
            paths, size = output[0].split()
            return Layer(int(paths), None if size == "-" else int(size))
        except (IndexError, ValueError) as error:
            raise FactProcessError(f"unexpected answer for a writable layer: {output[:3]}") from error

    @staticmethod
    def default() -> Layer | None:
        """It could not be counted."""
        return None


def _words(values: Sequence[str]) -> str:
    return shlex.quote(" ".join(values))

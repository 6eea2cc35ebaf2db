"""What is on a host by gpufleet's doing, and what was there before. Pure.

Written beside the stamp, line by line, in front of each change that a removal is to take back
(gpufleet/operations/scripts/before.sh): the stamp itself comes last, and would know nothing of a run that was killed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.facts.files import FileState

AUTO = "auto"
"""How an alternative is chosen that nobody has set: by the priorities that packages give."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What one host remembers.

    Attributes:
        known: it has such a memory; a host that was provisioned by an older gpufleet has none.
        state: there is anything of gpufleet's memory at all: a host without was never provisioned, or is rid of it.
        files: paths at which nothing lay before.
        folders: that were not there before.
        packages: that were not installed before, and that a role asked for.
        dependencies: that were not installed before, and that apt brought along.
        removed: packages that apt was told to remove, or removed along with those.
        holds: packages that were not held before.
        members: pairs of a user and the group that they were put into.
        alternatives: what apply has chosen: its name, the chosen program, and what it was before, `AUTO` or a program.
        before: files that were there before and have been replaced or removed since, by path, as they were.
        backups: names of files in the backup.
    """

    known: bool = False
    state: bool = False
    files: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    alternatives: tuple[tuple[str, str, str], ...] = ()
    before: Mapping[str, FileState] = field(default_factory=dict)
    backups: tuple[str, ...] = ()

    def chosen(self, name: str, present: str | None) -> str | None:
        """What an alternative was before apply chose it, `AUTO` or a program.

        None where what it is now is not ours, or is what it was.

        Args:
            name: of the alternative.
            present: the program that it means now.
        """
        ours = [(program, former) for each, program, former in self.alternatives if each == name]
        if present not in {program for program, _ in ours} or ours[0][1] == present:
            return None
        return ours[0][1]


def parse(text: str, **further: object) -> Made:
    """Read the lines.

    Args:
        text: what stands in the file; lines of kinds that are not known here are passed over.
        further: the other fields of `Made`.
    """
    rows = [line.partition(" ")[::2] for line in text.splitlines()]

    def every(kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rest for word, rest in rows if word == kind and rest))

    pairs = (tuple(rest.split(" ")) for rest in every("member"))
    choices = (tuple(rest.split(" ")) for rest in every("alternative"))
    return Made(
        files=frozenset(every("file")),
        folders=every("folder"),
        packages=every("package"),
        dependencies=every("dependency"),
        removed=every("removed"),
        holds=every("hold"),
        members=tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2),  # noqa: PLR2004 - user and group
        alternatives=tuple((each[0], each[1], each[2]) for each in choices if len(each) == 3),  # noqa: PLR2004 - as said
        **further,  # type: ignore[arg-type]
    )

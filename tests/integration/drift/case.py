"""One change to a converged host as data: how it is made, what must be found, and what only a person can mend."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gpufleet.finding import FindingClass
    from tests.lab.host import LabHost

Change: TypeAlias = "str | Callable[[LabHost], object]"
"""A shell command that root runs on the host, or a function that does something with the host."""
Mends: TypeAlias = Literal["apply", "person"]


@dataclass(frozen=True)
class Case:
    """A change, and the findings that it must lead to.

    Attributes:
        name: what happened, as a sentence without its end.
        change: what makes it happen.
        item: id of the one item that must be found; None where nothing may be found.
        kind: its class.
        also: ids of further items that the same change concerns, of the same class.
        quick: it belongs to those that every run of the tests tries.
        person: what a person does about it before apply, where apply may not.
        settings: what is declared besides `bench.settings`, before the change already.
        edits: files of the checkout that are edited as well: by path, what is put at their end.
        redeclared: settings that are declared anew together with the change.
        undo: takes away what only this case needs and apply leaves.
        diff: lines that the finding's diff must hold. Its resource is a file, and it must say since when it is so.
        given: what a host is made to be before it is brought in sync; it serves no case that wants another one.
    """

    name: str
    change: Change | None = None
    item: str | None = None
    kind: FindingClass = "config"
    also: tuple[str, ...] = ()
    quick: bool = False
    person: Change | None = None
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    edits: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    redeclared: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    undo: Change | None = None
    diff: tuple[str, ...] = ()
    given: Change | None = None

    @property
    def expected(self) -> frozenset[tuple[str, str]]:
        """The findings, as id and class."""
        return frozenset((item, self.kind) for item in (self.item, *self.also) if item)


def do(change: Change | None, host: LabHost) -> None:
    """Make a change on a host."""
    if isinstance(change, str):
        host.ssh(f"set -e; {change}")
    elif change is not None:
        change(host)

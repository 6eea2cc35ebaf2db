"""Sandboxes that go: on consent only, and never while somebody uses one. For apply, and for a removal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.containers.use import uses
from gpufleet.containers.words import replaced
from gpufleet.finding import Difference, Finding
from gpufleet.operations.change import Commands, begin, report
from gpufleet.operations.container_commands import run, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.state import Containers
    from gpufleet.finding import FindingClass


@dataclass(frozen=True, kw_only=True)
class Fate:
    """How a command speaks of sandboxes that are not to be there.

    Attributes:
        verb: the command, `apply` or `remove`.
        kind: the class of one that goes.
        expected: what is to be in place of one that stays.
        consent: how a person consents.
        use_first: of one in use that is said also where nobody has consented yet.
    """

    verb: str
    kind: FindingClass
    expected: str
    consent: str
    use_first: bool = False

    def left(self, found: Observed, used: Sequence[str], *, consented: bool) -> Difference:
        """One that a person has to decide about.

        Args:
            found: the sandbox.
            used: who uses it, in words.
            consented: somebody has said that it may go.
        """
        in_use = f"it is in use ({'; '.join(used)}): end that or run `docker stop {found.name}`, then {self.verb} again"
        return Difference(
            kind="pending",
            resource=f"sandbox {found.name}",
            expected=self.expected,
            observed=found.status,
            remedy=in_use if consented or (used and self.use_first) else self.consent,
            since=found.created_at,
        )

    def going(self, found: Observed) -> Difference:
        """One that goes.

        Args:
            found: the sandbox.
        """
        return Difference(
            kind=self.kind,
            resource=f"sandbox {found.name}",
            expected="absent",
            observed=found.status,
            remedy=f"{self.verb}: {replaced(written(found), left=found.volumes)}",
            since=found.created_at,
        )


def gone(found: Containers, unwanted: Sequence[Observed], fate: Fate, *, consented: bool, without: str) -> Commands:
    """Remove sandboxes, and say of each that stays what a person has to do.

    Args:
        found: the containers of the host.
        unwanted: those that are not to be there.
        fate: how that is said.
        consented: somebody has said that they may go.
        without: what there is to say where there is none.
    """
    go = [each for each in unwanted if consented and not in_use(each, found)]
    left = [fate.left(each, in_use(each, found), consented=consented) for each in unwanted if each not in go]
    if not unwanted:
        host.noop(without)
    elif not go:
        yield from report(*left)
    else:
        yield from map(Finding, left)
        yield from begin(*map(fate.going, go))
        for each in go:
            yield run("remove", each.name, judged=[process.pid for process in found.processes.get(each.id, ())])


def in_use(each: Observed, found: Containers) -> list[str]:
    """Who uses a container, in words.

    Args:
        each: the container.
        found: all of the host, with their processes.
    """
    return uses(each, found.processes.get(each.id, ()))

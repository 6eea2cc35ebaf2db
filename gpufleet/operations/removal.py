"""What the operations that take back what apply did have in common: why one does nothing, and how it says what goes.

One item each, as everywhere: they compare what a host remembers (`gpufleet.made`) with what is there. Without that
memory, on a host that was never provisioned or is rid of everything, none does anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeAlias

from pyinfra import host

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.remembered import Remembered
from gpufleet.finding import Difference
from gpufleet.operations.change import refuse
from gpufleet.operations.removal_staying import own_staying, staying

if TYPE_CHECKING:
    from pyinfra.api.command import PyinfraCommand

    from gpufleet.made import Made

Unless: TypeAlias = Callable[[], str | Unreadable | None]
"""Why something is left as it is, in words; `Unreadable` where that could not be found out, None where it is not."""
NOTHING = "gpufleet remembers nothing of this host"


def going(resource: str, observed: str = "there", expected: str = "absent", diff: str | None = None) -> Difference:
    """Something that goes.

    Args:
        resource: what.
        observed: as it is.
        expected: as it will be.
        diff: of a text.
    """
    return Difference(
        kind="config", resource=resource, expected=expected, observed=observed, remedy="remove", diff=diff
    )


def stays(unless: Unless) -> Generator[PyinfraCommand, None, bool]:
    """Say why something is left as it is.

    Args:
        unless: tells why.

    Returns:
        Whether it is.
    """
    why = unless()
    if isinstance(why, Unreadable):
        way_out = "Have Docker running (`systemctl start docker`), then remove again."
        yield from refuse("dockerd", expected="an answer", observed=why.why, way_out=way_out, kind="unknown")
    elif why is not None:
        host.noop(why)
    return why is not None


def with_sandboxes(*, consent: bool) -> Unless:
    """Nothing goes before the sandboxes have gone, and nothing where there is nothing to go by.

    Args:
        consent: sandboxes that nobody uses go in the same run.
    """

    def why() -> str | Unreadable | None:
        made: Made = host.get_fact(Remembered)
        if not made.state:
            return NOTHING
        left = own_staying(consent=consent)
        if isinstance(left, Unreadable):
            return left
        return f"it stays as long as sandbox {left[0]} does" if left else None

    return why


def never() -> None:
    """Nothing keeps it."""


def first_of(*reasons: Unless) -> Unless:
    """The first reason that holds.

    Args:
        reasons: those in question; one behind another that holds is not asked for.
    """

    def why() -> str | Unreadable | None:
        return next((said for reason in reasons if (said := reason()) is not None), None)

    return why


def need_gpus(*, consent: bool) -> Unless:
    """Containers that stay could not be started again without the toolkit.

    Args:
        consent: sandboxes that nobody uses go, or have gone.
    """

    def why() -> str | Unreadable | None:
        left = staying(consent=consent)
        if isinstance(left, Unreadable):
            return left
        names = [each.name for each in left if each.wants_gpus]
        return f"containers need it: {', '.join(names)}" if names else None

    return why


def containers_there(*, consent: bool) -> Unless:
    """Containers stay, whatever they are.

    Args:
        consent: sandboxes that nobody uses go, or have gone.
    """

    def why() -> str | Unreadable | None:
        left = staying(consent=consent)
        if isinstance(left, Unreadable):
            return left
        return f"containers are there: {', '.join(each.name for each in left)}" if left else None

    return why

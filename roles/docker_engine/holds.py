"""Holds that apply has set for a declared version, once no version is declared any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.facts.remembered import Remembered
from gpufleet.finding import Difference
from gpufleet.operations.scripts import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyinfra.api import StringCommand

    from gpufleet.facts.apt import Package


def outdated(versions: Mapping[str, str | None], found: Mapping[str, Package]) -> list[Difference]:
    """The holds of ours that nothing declares; what the host remembers is asked only where something is held.

    Args:
        versions: the pin of each package, None for any version.
        found: what dpkg knows.
    """
    held = [name for name, pin in versions.items() if pin is None and name in found and found[name].held]
    return list(ours(held, found, host.get_fact(Remembered).holds)) if held else []


def ours(held: Sequence[str], found: Mapping[str, Package], holds: Sequence[str]) -> Iterator[Difference]:
    """Those that are ours; a hold of somebody else's stays. Pure.

    Args:
        held: packages that are held, and that no version is declared of.
        found: what dpkg knows.
        holds: packages of which it is remembered that an apply has held them.
    """
    for name in held:
        if name in holds:
            expected, observed = "any version, not held", f"{found[name].version}, held by an earlier apply"
            yield Difference(kind="version", resource=name, expected=expected, observed=observed)


def lifted(differences: Sequence[Difference]) -> StringCommand:
    """Lift these holds, and forget that they were ours: whoever sets them from now on is somebody else.

    Args:
        differences: of `outdated`.
    """
    return run("apt.sh", "before.sh", "apt-unhold.sh", arguments=[each.resource for each in differences])

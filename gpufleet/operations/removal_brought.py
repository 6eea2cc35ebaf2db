"""Packages that apply has brought, as a host and its apt see them now: which can go, and what is to be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.facts.apt import AptPackages, Package
from gpufleet.facts.apt_removable import AptRemovable
from gpufleet.facts.together import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpufleet.made import Made

KEPT = ("ca-certificates",)
"""Packages that stay for good: anything that reaches out by TLS may have come to rely on them."""


@dataclass(frozen=True)
class Brought:
    """What apply has brought of a role's packages, and what becomes of it.

    Attributes:
        found: what dpkg knows of all that is in question.
        go: those that the role asked for and that can go.
        along: those that came along with them, and go too.
        stay: those that the role asked for and that something else needs.
        rest: those that came along and are needed, by whatever stays.
    """

    found: Mapping[str, Package]
    go: tuple[str, ...] = ()
    along: tuple[str, ...] = ()
    stay: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()


def brought(packages: Sequence[str], made: Made, others: Sequence[str] | None) -> Brought:
    """Ask dpkg and apt about them.

    Args:
        packages: all that the role may have asked for.
        made: what the host remembers.
        others: see `packages_given_back`.
    """
    names = [*made.packages, *made.dependencies]
    found: dict[str, Package] = host.get_fact(AptPackages, packages=list(dict.fromkeys([*names, *packages])))
    there = [name for name in made.packages if installed(name, found) and name not in KEPT]
    along = [name for name in made.dependencies if installed(name, found)]
    own = [name for name in there if name in packages or (others is not None and name not in others)]
    stay = [name for name in there if name not in own]
    earlier: frozenset[str] = frozenset()
    with together():
        if others is not None and stay:
            earlier = host.get_fact(AptRemovable, packages=stay, along=along)
        can_go: frozenset[str] = host.get_fact(AptRemovable, packages=own if others is None else there, along=along)
    return Brought(
        found,
        go=tuple(name for name in own if name in can_go),
        along=tuple(name for name in along if name in can_go - earlier),
        stay=tuple(name for name in own if name not in can_go),
        rest=tuple(name for name in along if name not in can_go),
    )


def told(packages: Sequence[str], made: Made, plan: Brought, *, last: bool) -> Iterator[str]:
    """What a person should know of packages that stay, or that went and are not brought back. Pure.

    Args:
        packages: all that the role may have asked for.
        made: what the host remembers.
        plan: what becomes of what apply has brought.
        last: see `packages_given_back`.
    """
    ours = {*made.packages, *made.dependencies}
    before = [name for name in packages if installed(name, plan.found) and name not in ours]
    if plan.stay:
        yield f"Packages that stay, since others need them: {', '.join(plan.stay)}."
    if before and made.known:
        yield f"Packages that stay, since they were there before: {', '.join(before)}."
    elif before:
        words = " ".join(before)
        yield f"Packages that stay, since it is not known who installed them: `apt-get remove {words}` removes them."
    if last and (gone := [name for name in made.removed if name not in ours]):
        yield f"Packages that apply removed on consent are not brought back: {', '.join(gone)}."
    if last and (rest := [*(name for name in made.packages if name in KEPT), *plan.rest]):
        yield f"Packages that came with apply and stay, since other programs may need them: {', '.join(rest)}."


def installed(name: str, found: Mapping[str, Package]) -> bool:
    """Whether a package is there, whole or not."""
    return found.get(name, Package()).version is not None


def held(name: str, found: Mapping[str, Package]) -> bool:
    """Whether a package that is there is held."""
    return installed(name, found) and found[name].held

"""Packages that apply has brought, purged; and holds that it set, lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.facts.apt import AptPackages, Package
from gpufleet.facts.remembered import Remembered
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.operations.removal_brought import Brought, brought, held, installed, told
from gpufleet.operations.scripts import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.facts.answer import Unreadable
    from gpufleet.made import Made


def _unused() -> None:
    return None


@operation()
def packages_given_back(
    packages: Sequence[str], unless: Unless, in_use: Unless = _unused, *, last: bool = False
) -> Commands:
    """Purge those of a role's packages that apply has installed, and what apt brought along with them.

    What was there before stays, at the version that it has now and without our hold. What something else on the host
    needs stays too, and so does what somebody has marked as wanted since (`apt-mark manual`).

    Args:
        packages: all that the role may have asked for.
        unless: why they are left as they are.
        in_use: why those that apply has installed stay for good, which is then said.
        last: no other packages go after these: what came along is no longer needed but by what stays.
    """
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    if (yield from stays(in_use)):
        if ours := [name for name in made.packages if name in packages]:
            notice(f"Packages that stay although apply installed them ({in_use()}): {', '.join(ours)}.")
        found: dict[str, Package] = host.get_fact(AptPackages, packages=list(packages))
        for sentence in told(packages, made, Brought(found), last=False):
            notice(sentence)
        return
    plan = brought(packages, made, last=last)
    lift = [name for name in made.holds if name in packages and name not in plan.go and held(name, plan.found)]
    for sentence in told(packages, made, plan, last=last):
        notice(sentence)
    if not (plan.go or plan.along or lift):
        host.noop("none of them is there by gpufleet's doing")
        return
    along = [going("packages that came along with them", ", ".join(plan.along), "not installed")] if plan.along else []
    yield from begin(
        *(going(name, f"{plan.found[name].version}", "not installed") for name in plan.go),
        *along,
        *(going(name, f"{plan.found[name].version}, held", "not held") for name in lift),
    )
    yield run("apt.sh", "apt-remove.sh", arguments=[" ".join([*plan.go, *plan.along]), " ".join(lift)])


def all_go(packages: Sequence[str], in_use: Unless) -> Unless:
    """Packages of a daemon go in this run, all that are installed, so that it need not be told of anything.

    Args:
        packages: that hold it.
        in_use: why they stay.
    """

    def why() -> str | Unreadable | None:
        if in_use() is not None:
            return None
        made: Made = host.get_fact(Remembered)
        found: dict[str, Package] = host.get_fact(AptPackages, packages=list(packages))
        there = [name for name in packages if installed(name, found)]
        return "it goes in this run" if there and all(name in made.packages for name in there) else None

    return why


def packages_stay(packages: Sequence[str], in_use: Unless = _unused, *, last: bool = False) -> Unless:
    """Packages that apply has installed stay, and with them where they came from.

    Args:
        packages: all that a role may have asked for.
        in_use: why they stay.
        last: see `packages_given_back`.
    """

    def why() -> str | Unreadable | None:
        plan = brought(packages, host.get_fact(Remembered), last=last)
        left = [*plan.go, *plan.stay] if in_use() is not None else plan.stay
        return f"packages that come from it stay: {', '.join(left)}" if left else None

    return why


@operation()
def traces_told(unless: Unless, daemons: Sequence[str]) -> Commands:
    """Say what a Docker that goes leaves, which is somebody's data. Nothing is changed.

    Args:
        unless: why it stays.
        daemons: packages of it.
    """
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    if any(name in made.packages for name in daemons):
        notice("Volumes, other images and Docker's build cache stay: /var/lib/docker and /var/lib/containerd.")
        notice("Group docker stays: files may belong to it.")
    host.noop("said")

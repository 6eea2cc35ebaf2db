"""Packages that apply has brought, purged; and holds that it set, lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.folders import Paths
from gpufleet.facts.remembered import Remembered
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.removal import Unless, going, never, stays
from gpufleet.operations.removal_brought import Brought, brought, held, told
from gpufleet.operations.scripts import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.made import Made

SINCE_BOOT = ("/sys/class/net/docker0", "/run/docker")
"""One of these is there where a dockerd has run since the host was started: its bridge, and its folder in memory."""
NETWORK = (
    "Docker's network stays in the kernel until this host is started anew: docker0, rules of iptables (with them the "
    "policy DROP for what is forwarded, where Docker has switched forwarding on), net.ipv4.ip_forward = 1. "
    "A reboot clears it."
)


@operation()
def packages_given_back(
    packages: Sequence[str], unless: Unless, in_use: Unless = never, others: Sequence[str] | None = None
) -> Commands:
    """Purge those of a role's packages that apply has installed, and what apt brought along with them.

    What was there before stays, at the version that it has now and without our hold. What something else on the host
    needs stays too, and so does what somebody has marked as wanted since (`apt-mark manual`).

    Args:
        packages: all that the role may have asked for.
        unless: why they are left as they are.
        in_use: why those that apply has installed stay, for now or for good, which is then said.
        others: packages of other roles, where no packages go after these: then all else goes too that apply has
            installed, and what came along is no longer needed but by what stays.
    """
    if (yield from stays(unless)):
        return
    made: Made = host.get_fact(Remembered)
    kept = in_use()
    if isinstance(kept, Unreadable):
        yield from stays(in_use)
        return
    plan = brought(packages, made, others)
    if kept:
        _say_in_use(plan, kept)
        plan = Brought(plan.found)
    lift = [name for name in made.holds if name in packages and name not in plan.go and held(name, plan.found)]
    for sentence in told(packages, made, plan, last=others is not None and not kept):
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


def _say_in_use(plan: Brought, why: str) -> None:
    """Of what is in use nothing goes, and nothing that came along with it."""
    if ours := [*plan.go, *plan.stay]:
        notice(f"Packages that stay although apply installed them ({why}): {', '.join([*ours, *plan.along])}.")


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
        if host.get_fact(Paths, paths=SINCE_BOOT):
            notice(NETWORK)
    host.noop("said")

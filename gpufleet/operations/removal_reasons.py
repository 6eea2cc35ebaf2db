"""Why something stays that packages need, or that needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.remembered import Remembered
from gpufleet.operations.removal import Unless, never
from gpufleet.operations.removal_brought import brought, installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.dockerd.state import DockerState
    from gpufleet.facts.answer import Unreadable
    from gpufleet.operations.removal_brought import Brought


def all_go(packages: Sequence[str], in_use: Unless) -> Unless:
    """Packages of a daemon go in this run, all that are installed, so that it need not be told of anything.

    Args:
        packages: that hold it.
        in_use: why they stay.
    """

    def why() -> str | Unreadable | None:
        if in_use() is not None:
            return None
        # Whatever apply has brought for other roles goes in the same run, and keeps nothing
        plan = brought(packages, host.get_fact(Remembered), others=())
        return "it goes in this run" if every_goes(packages, plan) else None

    return why


def every_goes(packages: Sequence[str], plan: Brought) -> bool:
    """Whether all of them that are installed go, and any is. Pure.

    Args:
        packages: that hold a daemon.
        plan: what becomes of what apply has brought.
    """
    there = [name for name in packages if installed(name, plan.found)]
    return bool(there) and set(there) <= set(plan.go)


def kept_by(containers: Unless, packages: Sequence[str]) -> Unless:
    """Containers keep a daemon on the host that would go without them, until they have gone.

    Args:
        containers: which stay, in words.
        packages: that hold the daemon; one that stays in any case has nothing to wait for.
    """

    def why() -> str | Unreadable | None:
        found = containers()
        stays_anyhow = isinstance(found, str) and all_go(packages, never)() is None
        return None if stays_anyhow else found

    return why


def daemon_stays(packages: Sequence[str], in_use: Unless) -> Unless:
    """A daemon stays on the host, and goes on to need what it was given.

    Args:
        packages: that hold it.
        in_use: why they stay.
    """

    def why() -> str | Unreadable | None:
        docker: DockerState = host.get_fact(DockerDaemon)
        goes = docker.program is None or all_go(packages, in_use)() is not None
        return None if goes else "dockerd stays, and does not start here with another"

    return why


def packages_stay(packages: Sequence[str], in_use: Unless = never, others: Sequence[str] | None = None) -> Unless:
    """Packages that apply has installed stay, and with them where they came from.

    Args:
        packages: all that a role may have asked for.
        in_use: why they stay.
        others: see `packages_given_back`.
    """

    def why() -> str | Unreadable | None:
        plan = brought(packages, host.get_fact(Remembered), others)
        every = [*plan.go, *plan.stay] if in_use() is not None else plan.stay
        left = [name for name in every if name in packages]
        return f"packages that come from it stay: {', '.join(left)}" if left else None

    return why

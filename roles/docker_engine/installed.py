"""Docker's packages, of the family that a host is to have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyinfra import host
from pyinfra.api import operation

from gpufleet.operations import docker_daemon
from gpufleet.operations.apt import order as apt_order
from gpufleet.operations.apt import packages as apt_packages
from gpufleet.operations.bundle import refused
from gpufleet.operations.change import Commands, begin, steps
from roles.docker_engine import families, holds
from roles.docker_engine.configured import configured
from roles.docker_engine.objection import can_check
from roles.docker_engine.present import deciding, present

if TYPE_CHECKING:
    from gpufleet.bundle.chosen import Bundle
    from roles.docker_engine.present import Present

SHIM = "podman-docker"
"""Removed and not purged, it still sets DOCKER_HOST to Podman's socket at each login (in /etc/profile.d)."""


@operation()
def packages(
    source: families.Source,
    version: str | None,
    distribution: str,
    release: str,
    keys: dict[str, Any],
    *,
    bundle: Bundle | None = None,
) -> Commands:
    """Have the packages of the family, at the declared version and held; without one not held by us.

    Packages restart the daemon. One that runs is given its configuration first, so that with live-restore among the
    declared keys running containers outlive that; one that is too old to check it has none (`objection`).

    Args:
        source: the declared `docker_engine_source`.
        version: the declared `docker_engine_version`.
        distribution: `debian` or `ubuntu`.
        release: its version, `13`.
        keys: the declared keys of daemon.json.
        bundle: what packages come from, None where they come from apt's sources.
    """
    there = present()
    family = there.family(source)
    names = families.engine_packages(family, distribution, release)
    if not names:
        host.noop("the Docker that is there is neither Docker's nor the distribution's, and is kept as it is")
        return
    clashes = families.clashing(family, there.packages)
    company = families.GO_WITH_THEM if family == "docker" else families.GO_WITH_DOCKER
    versions = families.pinned(names, version)
    differences = [
        *apt_packages.package_differences(versions, there.packages),
        *apt_packages.superfluous(clashes, there.packages),
    ]
    superseded = holds.outdated(versions, there.packages)
    if not (differences or superseded):
        host.noop(f"installed as declared: {', '.join(versions)}")
        return
    order = apt_order.ordered(differences, versions, clashes, company)
    if differences and (objection := apt_order.not_in_bundle(order, there.packages, bundle)):
        yield from refused([*differences, *superseded], objection)
        return
    marked = bool(superseded) or apt_order.marked(bundle)
    yield from begin(*differences, *superseded)
    if superseded:
        yield holds.lifted(superseded)
    if differences:
        yield from _done(order, there, keys, bundle, marked=marked)


def _done(
    order: apt_order.Order, there: Present, keys: dict[str, Any], bundle: Bundle | None, *, marked: bool
) -> Commands:
    """Have apt do it, behind a daemon that containers outlive."""
    files = yield from apt_order.fetched(order, bundle, marked=marked)
    if there.docker.running and can_check(deciding(there, thorough=False).version):
        yield from steps(configured(keys))
        yield from steps(docker_daemon.loaded._inner())  # noqa: SLF001
    yield from apt_order.installed(order, bundle, files)

"""Packages at their pinned versions, held.

pyinfra's `apt.packages` takes any version for the wanted one, knows no hold, waits for no lock and gives up on an
interrupted dpkg.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.apt.versions import fits
from gpufleet.facts.apt import AptPackages, Package
from gpufleet.finding import Difference
from gpufleet.operations.apt.order import fetched, installed, marked, not_in_bundle, ordered
from gpufleet.operations.bundle import refused
from gpufleet.operations.change import Commands, begin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gpufleet.bundle.chosen import Bundle
    from gpufleet.finding import FindingClass


NOT_HELD = ", not held"


@operation()
def packages(
    versions: Mapping[str, str | None],
    remove: Sequence[str] = (),
    may_go: Sequence[str] = (),
    bundle: Bundle | None = None,
) -> Commands:
    """Have packages installed, at their pinned versions and then held.

    Args:
        versions: the pin of each package, full (`5:26.1.5-1~debian.13~trixie`) or upstream (`26.1.5`); None takes any
            version that is installed, and apt's candidate where none is.
        remove: packages that must not be installed beside them.
        may_go: packages that apt may remove together with those; a plan that removes any other is refused.
        bundle: what they come from; None where they come from the host's own apt sources.
    """
    found = host.get_fact(AptPackages, packages=[*versions, *remove])
    differences = [*package_differences(versions, found), *superfluous(remove, found)]
    if not differences:
        host.noop(f"installed as declared: {', '.join(versions)}")
        return
    order = ordered(differences, versions, remove, may_go)
    if objection := not_in_bundle(order, found, bundle):
        yield from refused(differences, objection)
        return
    there = marked(bundle)
    yield from begin(*differences)
    files = yield from fetched(order, bundle, marked=there)
    yield from installed(order, bundle, files)


def superfluous(remove: Sequence[str], found: Mapping[str, Package]) -> Iterator[Difference]:
    """Which packages are installed and must not be.

    Args:
        remove: their names.
        found: what dpkg knows.
    """
    for name in remove:
        package = found.get(name, Package())
        if version := package.version:
            expected, since = "not installed", package.changed
            yield Difference(kind="config", resource=name, expected=expected, observed=version, since=since)


def package_differences(versions: Mapping[str, str | None], found: Mapping[str, Package]) -> Iterator[Difference]:
    """What is not as declared about a set of packages.

    Args:
        versions: the pin of each, None for any.
        found: what dpkg knows.
    """
    for name, pin in versions.items():
        package = found.get(name, Package())
        expected = f"version {pin}, held" if pin else "installed"
        if off := _off(package, pin):
            kind, observed = off
            since = None if observed.endswith(NOT_HELD) else package.changed
            yield Difference(kind=kind, resource=name, expected=expected, observed=observed, since=since)


def _off(package: Package, pin: str | None) -> tuple[FindingClass, str] | None:
    """How a package is not as its pin says, with the class of that; None when it is."""
    if package.version is None:
        return "config", "not installed"
    if package.broken:
        return "config", package.broken
    if pin and not fits(package.version, pin):
        return "version", package.version
    return ("version", f"{package.version}{NOT_HELD}") if pin and not package.held else None

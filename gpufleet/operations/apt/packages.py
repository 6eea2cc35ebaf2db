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
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.scripts import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@operation()
def packages(versions: Mapping[str, str | None], remove: Sequence[str] = (), may_go: Sequence[str] = ()) -> Commands:
    """Have packages installed, at their pinned versions and then held.

    Args:
        versions: the pin of each package, full (`5:26.1.5-1~debian.13~trixie`) or upstream (`26.1.5`); None takes any
            version that is installed, and apt's candidate where none is.
        remove: packages that must not be installed beside them.
        may_go: packages that apt may remove together with those; a plan that removes any other is refused.
    """
    found = host.get_fact(AptPackages, packages=[*versions, *remove])
    differences = [*package_differences(versions, found), *_superfluous(remove, found)]
    if not differences:
        host.noop(f"installed as declared: {', '.join(versions)}")
        return
    yield from begin(*differences)
    off = {difference.resource for difference in differences}  # a package that is as declared is not named to apt,
    pins = [
        word for name, pin in versions.items() if name in off for word in (name, pin or "")
    ]  # which would upgrade it
    gone = [name for name in remove if found.get(name, Package()).version]
    yield run("apt.sh", "apt-install.sh", arguments=[" ".join(gone), " ".join([*remove, *may_go]), *pins])


def _superfluous(remove: Sequence[str], found: Mapping[str, Package]) -> Iterator[Difference]:
    for name in remove:
        if version := found.get(name, Package()).version:
            yield Difference(kind="config", resource=name, expected="not installed", observed=version)


def package_differences(versions: Mapping[str, str | None], found: Mapping[str, Package]) -> Iterator[Difference]:
    """What is not as declared about a set of packages.

    Args:
        versions: the pin of each, None for any.
        found: what dpkg knows.
    """
    for name, pin in versions.items():
        package = found.get(name, Package())
        expected = f"version {pin}, held" if pin else "installed"
        if package.version is None:
            yield Difference(kind="config", resource=name, expected=expected, observed="not installed")
        elif package.broken:
            yield Difference(kind="config", resource=name, expected=expected, observed=package.broken)
        elif pin and not fits(package.version, pin):
            yield Difference(kind="version", resource=name, expected=expected, observed=package.version)
        elif pin and not package.held:
            yield Difference(kind="version", resource=name, expected=expected, observed=f"{package.version}, not held")

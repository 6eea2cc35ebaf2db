"""What apt is asked for, and how it is done: from the host's own sources, or from a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import StringCommand

from gpufleet.apt.versions import fits
from gpufleet.bundle.delivery import lacking
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.files import FileContent, FileState
from gpufleet.operations.bundle import delivered, manifest_of, removed
from gpufleet.operations.bundle_commands import indexed, or_else
from gpufleet.operations.change import Commands, refuse
from gpufleet.operations.scripts import run
from gpufleet.state import BUNDLE, IN_PROGRESS

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from pyinfra.api.command import PyinfraCommand

    from gpufleet.bundle.chosen import Bundle
    from gpufleet.facts.apt import Package
    from gpufleet.finding import Difference

NEEDED = f"{BUNDLE}/apt/needed"
"""Where apt-needed.sh notes the files that apt would read."""


@dataclass(frozen=True)
class Order:
    """What apt is asked for.

    Attributes:
        versions: the pin of each package that is not as declared. One that is is not named to apt, which would upgrade
            it.
        remove: packages that must go.
        may_go: packages that apt may remove besides; a plan that removes any other is refused.
    """

    versions: Mapping[str, str | None]
    remove: Sequence[str] = ()
    may_go: Sequence[str] = ()

    @property
    def arguments(self) -> list[str]:
        """Of apt-wanted.sh."""
        pins = [word for name, pin in self.versions.items() for word in (name, pin or "")]
        return [" ".join(self.remove), " ".join(self.may_go), *pins]


def ordered(
    differences: Sequence[Difference],
    versions: Mapping[str, str | None],
    remove: Sequence[str] = (),
    may_go: Sequence[str] = (),
) -> Order:
    """What mends a set of packages; the other arguments are those of `gpufleet.operations.apt.packages.packages`.

    Args:
        differences: what is to be mended.
        versions: the pin of each package.
        remove: packages that must not be installed.
        may_go: packages that may go with those.
    """
    off = {difference.resource for difference in differences}
    pins = {name: pin for name, pin in versions.items() if name in off}
    return Order(pins, [name for name in remove if name in off], [*remove, *may_go])


def not_in_bundle(order: Order, found: Mapping[str, Package], bundle: Bundle | None) -> Objection | None:
    """Why the bundle cannot give what is asked for; None without one. To be asked before anything is begun.

    Args:
        order: what is asked for.
        found: what dpkg knows; what is there already need not be in the bundle.
        bundle: as declared.
    """
    if bundle is None:
        return None
    manifest = manifest_of(bundle)
    if isinstance(manifest, Objection):
        return manifest
    return lacking(manifest, {name: pin for name, pin in order.versions.items() if not _there(found.get(name), pin)})


def _there(package: Package | None, pin: str | None) -> bool:
    return bool(package and package.version and not package.broken and (pin is None or fits(package.version, pin)))


def marked(bundle: Bundle | None) -> bool:
    """Whether a run is in progress on the host already, for something else. To be asked before anything is begun.

    Args:
        bundle: as declared; nothing is asked without one.
    """
    return bundle is not None and host.get_fact(FileContent, path=IN_PROGRESS) is not None


def fetched(order: Order, bundle: Bundle | None, *, marked: bool) -> Generator[PyinfraCommand, None, list[str]]:
    """Have the files on the host that apt will read; nothing without a bundle, since apt fetches them itself.

    apt on the host says which: first it gets the small index of all packages in the bundle, then only those are sent
    that it would read. Where that is refused, what has been done for it is taken back.

    Args:
        order: what apt is asked for.
        bundle: as declared.
        marked: the mark that a run is in progress is there for something else, too, and stays.

    Returns:
        The hashes of the files.
    """
    if bundle is None:
        return []
    manifest, undone = manifest_of(bundle), _undone(marked=marked)
    if isinstance(manifest, Objection):
        yield undone
        yield from refuse(**manifest._asdict())
        return []
    yield indexed(manifest)
    yield StringCommand(_apt("apt-needed.sh", order, bundle), *or_else(undone))
    needed = host.get_fact(FileContent, path=NEEDED)
    files = needed.content.decode().split() if isinstance(needed, FileState) else []
    yield from delivered(bundle, manifest, files, undone)
    return files


def _undone(*, marked: bool) -> StringCommand:
    """The command that takes the index away again, and the mark that a run is in progress where it is for nothing else.

    As long as parts lie there that the next run can use the mark stays, too: it has that run's end take them away.
    """
    mark = () if marked else (f"; [ -e {BUNDLE} ] || rm -f {IN_PROGRESS}",)
    return StringCommand(removed(()), *mark)


def installed(order: Order, bundle: Bundle | None, files: Sequence[str]) -> Commands:
    """Have apt do it, then take away the files that were there for it.

    Args:
        order: what is asked for.
        bundle: as declared.
        files: what `fetched` has returned.
    """
    yield _apt("apt-install.sh", order, bundle)
    if bundle is not None:
        yield removed(files)


def _apt(last: str, order: Order, bundle: Bundle | None) -> StringCommand:
    if bundle is None:
        return run("apt.sh", "apt-wanted.sh", "before.sh", last, arguments=order.arguments)
    return run("apt.sh", "apt-bundle.sh", "apt-wanted.sh", "before.sh", last, arguments=[BUNDLE, *order.arguments])

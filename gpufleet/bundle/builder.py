"""Has the images of a bundle built on a host that can reach what they are made of, and fetches them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.bundle.builder_order import Order, ordered
from gpufleet.bundle.gather_folder import WORK
from gpufleet.bundle.layers import ArchiveError, taken_apart
from gpufleet.run.connect import disconnect, load
from gpufleet.run.fleet import Told, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gpufleet.bundle.manifest import StoredFile, StoredImage
    from gpufleet.bundle.wanted import WantedImage
    from gpufleet.report.model import HostReport
    from gpufleet.run.connect import Fleet

DEPLOY = Path(__file__).with_name("builder_deploy.py")
THIS_MACHINE = "@local"


class ImageError(RuntimeError):
    """The images cannot be had; the message says why and what to do."""


def images(
    inventory: str | None, builder: str | None, wanted: Sequence[WantedImage], folder: Path, checkout: Path
) -> list[tuple[StoredImage, list[StoredFile]]]:
    """Have images built on a builder host, unless they are there, and store them in a bundle.

    Args:
        inventory: as pyinfra takes it; None for inventory.py of the checkout.
        builder: a host of it that has Docker; None for this machine.
        wanted: the images.
        folder: the bundle's, which is being gathered.
        checkout: the folder with config.py and group_data/.

    Returns:
        For each image what the manifest says of it, and its files.

    Raises:
        ImageError: they cannot be built there, or not be fetched.
        InventoryError, NothingMatchedError: there is no such host.
        OSError: the bundle cannot be written.
        KeyboardInterrupt: a signal has ended it; nothing of it is left on the host.
    """
    scratch = folder / WORK / "images"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        archive = scratch / "saved.tar"
        _saved(_fleet(inventory, builder, checkout), Order(tuple(wanted), archive))
        found = taken_apart(archive, folder, scratch)
    except ArchiveError as error:
        raise ImageError(str(error)) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _are_the_wanted(found, wanted)
    return found


def _fleet(inventory: str | None, builder: str | None, checkout: Path) -> Fleet:
    if builder in {None, THIS_MACHINE}:
        return load(THIS_MACHINE, checkout=checkout)
    fleet = load(inventory or str(checkout / "inventory.py"), checkout=checkout, limits=[str(builder)])
    if len(fleet.hosts) != 1:
        raise ImageError(f"--builder {builder}: {len(fleet.hosts)} hosts: name one")
    return fleet


def _saved(fleet: Fleet, order: Order) -> None:
    """Run the deploy on the builder, with the engine and by the operation that build a host's own image."""
    name = next(iter(fleet.hosts))
    try:
        with ordered(order):
            report = run("apply", fleet, DEPLOY, Told(name))
    finally:
        disconnect(fleet)
    if report.signal is not None:
        raise KeyboardInterrupt
    if report.exit_code or not order.archive.exists():
        reasons = "; ".join(_reasons(report.hosts[0], str(order.archive))) or "no archive came from it"
        raise ImageError(f"images cannot be had from {name}: {reasons}. --builder HOST names the host that builds them")


def _reasons(host: HostReport, archive: str) -> Iterator[str]:
    """What stood in the way: where something was tried and failed, that; the archive only follows from the images."""
    if host.why:
        yield _sentence(host.why, host.way_out)
    findings = [finding for finding in host.findings if finding.failure]
    for finding in findings or [each for each in host.findings if each.resource != archive]:
        observed = f"{finding.resource}: {finding.observed}"
        yield finding.failure or _sentence(observed, None if finding.mendable else finding.remedy)


def _sentence(why: str, way_out: str | None) -> str:
    return f"{why}. {way_out.rstrip('.')}" if way_out else why.rstrip(".")


def _are_the_wanted(found: Sequence[tuple[StoredImage, list[StoredFile]]], wanted: Sequence[WantedImage]) -> None:
    missing = {image.reference for image in wanted} - {image.reference for image, _ in found}
    if missing:
        raise ImageError(f"the builder's archive lacks {', '.join(sorted(missing))}")

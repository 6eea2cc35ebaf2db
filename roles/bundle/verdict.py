"""What the bundle has against a host before anything changes there. Pure, but for the manifest that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.bundle.delivery import fitting
from gpufleet.bundle.manifest_reading import read_file
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.finding import Difference
    from gpufleet.platform import Platform


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """A bundle for another kind of host. One that is on the host is looked at where something is taken from it.

    Args:
        platform: what the host is.
        data: its variables.
    """
    bundle = load(BundleSettings, data).bundle
    if bundle is None or bundle.on_host:
        return
    if found := fitting(read_file(Path(bundle.path), bundle.sha256), platform):
        yield found.refusal


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:  # noqa: ARG001 - every role's own
    """Nothing: a bundle that fits is used silently."""
    yield from ()

"""What about a host and its driver only a person can mend, on a host that is fit all the same. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gpufleet.finding import Difference
from roles.platform.gpu import way_to_a_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.facts.reboot import Reboot
    from gpufleet.platform import Platform
    from roles.platform.settings import PlatformSettings

MISMATCH = "library version mismatch"
LOST = re.compile(rf"{MISMATCH}|lost|fallen off|no answer within", re.IGNORECASE)
"""In what nvidia-smi says, or is said of it: there is a GPU, and it, or its driver, has failed."""
PACKAGES_NAMED = 3


def failed(platform: Platform) -> bool:
    """Whether a GPU is there and its driver does not serve it: not a host that only has the driver's packages."""
    error = platform.gpu_error
    return error is not None and bool(platform.nvidia_devices or LOST.search(error))


def driver_differences(platform: Platform, settings: PlatformSettings) -> Iterator[Difference]:
    """A driver that has stopped working, where GPUs are wanted; where one is required, the host is refused instead.

    Args:
        platform: the host.
        settings: what is declared about it.
    """
    if settings.gpu != "auto" or not failed(platform):
        return
    error = platform.gpu_error or ""
    apart = MISMATCH in error
    expected = "library and kernel module of one version" if apart else "an answer from the driver"
    remedy = "Reboot the host when its containers may stop." if apart else way_to_a_gpu(platform)
    yield Difference(
        kind="runtime", resource="NVIDIA driver", expected=expected, observed=f"nvidia-smi: {error}", remedy=remedy
    )


def reboot_difference(reboot: Reboot) -> Difference:
    """A reboot that the distribution asks for."""
    names = ", ".join(reboot.packages[:PACKAGES_NAMED])
    more = len(reboot.packages) - PACKAGES_NAMED
    after = (f" for {names}" + (f" and {more} more" if more > 0 else "")) if names else ""
    return Difference(
        kind="runtime",
        resource=reboot.path,
        expected="no reboot due",
        observed=f"a reboot is due{after}",
        remedy="Reboot the host when its containers may stop.",
        since=reboot.since,
    )

"""The little that must be known of Debian's package versions: is this the pinned one, is it new enough."""

from __future__ import annotations

import re


def upstream(version: str) -> str:
    """The upstream part: `26.1.5+dfsg1` of `5:26.1.5+dfsg1-9`."""
    return version.partition(":")[2].rpartition("-")[0] or version.rpartition(":")[2].partition("-")[0]


def fits(version: str, pin: str) -> bool:
    """Whether an installed version is the one that a pin means.

    Args:
        version: full package version, `5:26.1.5-1~debian.13~trixie`.
        pin: the same, or an upstream version, `26.1.5`; `26.1` does not mean `26.1.5`.
    """
    return version == pin or re.split(r"[-+~]", upstream(version))[0] == pin


def at_least(version: str, floor: tuple[int, ...]) -> bool:
    """Whether a version's leading numbers reach a floor.

    Args:
        version: full package version or a plain one.
        floor: numbers, as `(23, 0)`.
    """
    numbers = re.match(r"\d+(?:\.\d+)*", upstream(version))
    return numbers is not None and tuple(int(part) for part in numbers[0].split(".")) >= floor

"""The little that must be known of Debian's package versions: is this the pinned one, is it new enough."""

from __future__ import annotations

import re


def upstream(version: str) -> str:
    """The upstream part: `26.1.5+dfsg1` of `5:26.1.5+dfsg1-9`."""
    return version.partition(":")[2].rpartition("-")[0] or version.rpartition(":")[2].partition("-")[0]


def fits(version: str, pin: str) -> bool:
    """Whether a package version is the one that a pin means. `resolve_version` in scripts/apt.sh holds the same rule.

    Args:
        version: full package version, `5:26.1.5-1~debian.13~trixie`.
        pin: the same, or as much of it as is wanted, `26.1.5` or `26.1.5-1`; `26.1` does not mean `26.1.5`. The epoch
            before the colon does not count.
    """
    plain, wanted = (text.rpartition(":")[2] for text in (version, pin))
    return plain == wanted or (plain.startswith(wanted) and plain[len(wanted)] in "-+~")


def at_least(version: str, floor: tuple[int, ...]) -> bool:
    """Whether a version's leading numbers reach a floor; a release candidate (`~`) of the floor itself does not.

    Args:
        version: full package version or a plain one.
        floor: numbers, as `(23, 0)`.
    """
    found = re.match(r"(\d+(?:\.\d+)*)(~?)", upstream(version))
    if found is None:
        return False
    numbers = tuple(int(part) for part in found[1].split("."))
    full = floor + (0,) * (len(numbers) - len(floor))
    return numbers > full or (numbers == full and not found[2])

"""Which distributions and architectures are supported, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpufleet.platform import Platform

TESTED = frozenset({("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04")})
EXPECTED = frozenset({("ubuntu", "26.04")})
"""Expected to work, and not tested."""
TESTED_ARCHITECTURES = frozenset({"amd64"})
EXPECTED_ARCHITECTURES = frozenset({"arm64"})


def release(platform: Platform) -> str:
    """The distribution in words, as `debian 13`; a version or a name that os-release lacks is said to be unknown."""
    return f"{platform.distribution or 'unknown distribution'} {platform.version or '(no version)'}"


def knows_release(platform: Platform) -> bool:
    """Supported, tested or not."""
    return (platform.distribution, platform.version) in TESTED | EXPECTED


def knows_architecture(platform: Platform) -> bool:
    """Supported, tested or not."""
    return platform.architecture in TESTED_ARCHITECTURES | EXPECTED_ARCHITECTURES


def untested(platform: Platform) -> list[str]:
    """What about this host gpufleet has never been tested on, in words; empty for a tested one."""
    words = []
    if (platform.distribution, platform.version) not in TESTED:
        words.append(release(platform))
    if platform.architecture not in TESTED_ARCHITECTURES:
        words.append(platform.architecture)
    return words

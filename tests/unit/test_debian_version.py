"""Package versions: pins mean exactly what they say, floors compare numbers."""

from __future__ import annotations

import pytest

from gpufleet.apt.versions import at_least, fits, upstream


@pytest.mark.parametrize(
    ("version", "part"),
    [
        ("5:26.1.5-1~debian.13~trixie", "26.1.5"),
        ("26.1.5+dfsg1-9+b11", "26.1.5+dfsg1"),
        ("28.2.2-0ubuntu1~24.04.1", "28.2.2"),
        ("20.10.24", "20.10.24"),
    ],
)
def test_the_upstream_part_is_between_epoch_and_revision(version: str, part: str) -> None:
    assert upstream(version) == part


@pytest.mark.parametrize(
    ("version", "pin", "expected"),
    [
        ("5:26.1.5-1~debian.13~trixie", "26.1.5", True),
        ("5:26.1.5-1~debian.13~trixie", "5:26.1.5-1~debian.13~trixie", True),
        ("26.1.5+dfsg1-9+b11", "26.1.5", True),
        ("5:26.1.5-1~debian.13~trixie", "26.1.5-1~debian.13~trixie", True),
        ("5:26.1.5-1~debian.13~trixie", "26.1.5-1", True),
        ("26.1.5+dfsg1-9+b11", "26.1.5+dfsg1", True),
        ("5:26.1.5-1~debian.13~trixie", "26.1", False),
        ("5:26.1.51-1", "26.1.5", False),
        ("5:26.1.5-1~debian.13~trixie", "5:26.1.5-2~debian.13~trixie", False),
    ],
)
def test_a_pin_means_one_version(version: str, pin: str, expected: bool) -> None:
    assert fits(version, pin) is expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("5:23.0.0-1~debian.12~bookworm", True),
        ("26.1.5+dfsg1-9+b11", True),
        ("20.10.24+dfsg1-1+deb12u1", False),
        ("23.0.0~rc.1-1", False),
        ("23~rc.1", False),
        ("23.0.1~rc.1-1", True),
        ("24.0.0~rc.1-1", True),
    ],
)
def test_a_floor_compares_numbers(version: str, expected: bool) -> None:
    assert at_least(version, (23, 0)) is expected


def test_what_is_no_version_reaches_no_floor() -> None:
    assert not at_least("unknown", (1,))

"""Which packages are not as declared, and why."""

from __future__ import annotations

import pytest

from gpufleet.facts.apt import AptCandidates, Package, package_state
from gpufleet.operations.apt.packages import package_differences

HELD = Package("5:26.1.5-1~debian.13~trixie", held=True)


@pytest.mark.parametrize(
    ("pin", "package", "kind", "observed"),
    [
        (None, None, "config", "not installed"),
        (None, Package("26.1.5", broken="half-configured"), "config", "half-configured"),
        ("26.1.5", Package("5:26.1.4-1~debian.13~trixie", held=True), "version", "5:26.1.4-1~debian.13~trixie"),
        ("26.1.5", Package("5:26.1.5-1~debian.13~trixie"), "version", "5:26.1.5-1~debian.13~trixie, not held"),
    ],
)
def test_each_way_to_be_off_is_told_apart(pin: str | None, package: Package | None, kind: str, observed: str) -> None:
    found = {"docker-ce": package} if package else {}
    (difference,) = package_differences({"docker-ce": pin}, found)
    assert (difference.kind, difference.observed, difference.resource) == (kind, observed, "docker-ce")


@pytest.mark.parametrize("pin", [None, "26.1.5", "5:26.1.5-1~debian.13~trixie"])
def test_an_installed_and_held_package_that_fits_its_pin_is_as_declared(pin: str | None) -> None:
    assert list(package_differences({"docker-ce": pin}, {"docker-ce": HELD})) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("install", "installed", "1.0-1"), Package("1.0-1")),
        (("hold", "installed", "1.0-1"), Package("1.0-1", held=True)),
        (("install", "half-configured", "1.0-1"), Package("1.0-1", broken="half-configured")),
        (("deinstall", "config-files", "1.0-1"), Package()),
        (("unknown", "not-installed", ""), Package()),
    ],
)
def test_dpkgs_words_become_a_state(words: tuple[str, str, str], expected: Package) -> None:
    assert package_state(*words) == expected


def test_candidates_are_read_from_the_cache_and_none_is_no_candidate() -> None:
    output = [
        "docker.io:",
        "  Installed: (none)",
        "  Candidate: 20.10.24+dfsg1-1+deb12u1+b2",
        "  Version table:",
        "     20.10.24+dfsg1-1+deb12u1+b2 500",
        "docker-ce:",
        "  Installed: (none)",
        "  Candidate: (none)",
    ]
    assert AptCandidates().process(output) == {"docker.io": "20.10.24+dfsg1-1+deb12u1+b2"}

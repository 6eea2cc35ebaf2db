"""Host patterns."""

from __future__ import annotations

import pytest

from gpufleet.inventory.ranges import PatternError, expand


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("gpu01", ["gpu01"]),
        ("gpu[1:3]", ["gpu1", "gpu2", "gpu3"]),
        ("gpu[08:11]", ["gpu08", "gpu09", "gpu10", "gpu11"]),
        ("gpu[1:9:4].example.org", ["gpu1.example.org", "gpu5.example.org", "gpu9.example.org"]),
        ("gpu[:2]", ["gpu0", "gpu1", "gpu2"]),
        ("rack[a:c]", ["racka", "rackb", "rackc"]),
        ("rack[y:B]", ["racky", "rackz", "rackA", "rackB"]),
        ("rack[a:b]-[01:02]", ["racka-01", "racka-02", "rackb-01", "rackb-02"]),
        ("2001:db8::1", ["2001:db8::1"]),
        ("@docker/debian:13", ["@docker/debian:13"]),
    ],
)
def test_a_pattern_names_the_hosts_that_ansible_finds_in_it(pattern: str, names: list[str]) -> None:
    assert expand(pattern) == (names, None)


@pytest.mark.parametrize(
    ("pattern", "names", "port"),
    [
        ("gpu01:2222", ["gpu01"], 2222),
        ("gpu[1:2]:2222", ["gpu1", "gpu2"], 2222),
        ("[2001:db8::1]:2222", ["2001:db8::1"], 2222),
        ("10.0.0.5:22", ["10.0.0.5"], 22),
    ],
)
def test_a_pattern_may_end_in_a_port(pattern: str, names: list[str], port: int) -> None:
    assert expand(pattern) == (names, port)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("gpu[1:", "no partner"),
        ("gpu1:3]", "no partner"),
        ("gpu[1]", "[first:last]"),
        ("gpu[1:2:3:4]", "[first:last]"),
        ("gpu[1:]", "no last value"),
        ("gpu[01:100]", "same number of digits"),
        ("gpu[3:1]", "empty"),
        ("gpu[c:a]", "empty"),
        ("gpu[1:9:0]", "step '0'"),
        ("gpu[1:9:x]", "step 'x'"),
        ("gpu[a:9]", "neither"),
        ("gpu[aa:cc]", "neither"),
        ("gpu 01", "no spaces"),
        ("", "at least one character"),
    ],
)
def test_a_malformed_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match="^.*" + reason.replace("[", r"\[")):
        expand(pattern)

"""Why an address cannot be reached, from what apt-helper prints (recorded from apt 2.6, long lines shortened)."""

from __future__ import annotations

import pytest

from gpufleet.facts.reachable import Reachable, reason


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            [
                "exit code 100",
                "Err:1 https://nosuch.invalid/x",
                "  Could not resolve 'nosuch.invalid'",
                "E: Failed to fetch https://nosuch.invalid/x  Could not resolve 'nosuch.invalid'",
                "E: Download Failed",
            ],
            "Could not resolve 'nosuch.invalid'",
        ),
        (
            ["exit code 100", "E: Failed to fetch http://a/x  404  Not Found [IP: 10.0.0.1 80]", "E: Download Failed"],
            "404  Not Found [IP: 10.0.0.1 80]",
        ),
        (["exit code 124"], "no answer within 45 s"),
        (["exit code 127", "timeout: failed to run command"], "exit code 127"),
    ],
)
def test_apt_s_reason_becomes_one_line(output: list[str], expected: str) -> None:
    assert reason(output) == expected
    assert Reachable().process(output) == expected


def test_what_came_is_reachable() -> None:
    assert Reachable().process(["reachable"]) is None

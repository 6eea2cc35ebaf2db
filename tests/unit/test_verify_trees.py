"""What is declared and not held."""

from typing import Any

import pytest

from gpufleet.verify.trees import missing


@pytest.mark.parametrize(
    ("held", "declared"),
    [
        ({"a": 1, "mine": True}, {"a": 1}),
        ({"features": {"cdi": True, "mine": 1}}, {"features": {"cdi": True}}),
        ({"a": [1, 2]}, {"a": [1, 2]}),
        ({}, {}),
        ({"a": {"mine": 1}}, {"a": {}}),
    ],
)
def test_more_than_what_is_declared_may_be_there(held: Any, declared: Any) -> None:
    assert missing(held, declared) == []


@pytest.mark.parametrize(
    ("held", "declared", "line"),
    [
        ({}, {"a": 1}, "a: 1 is declared, None is there"),
        ({"a": {"b": 2}}, {"a": {"b": 3}}, "a.b: 3 is declared, 2 is there"),
        ({"a": [1, 2]}, {"a": [2, 1]}, "a: [2, 1] is declared, [1, 2] is there"),
        ({"a": 1}, {"a": True}, "a: True is declared, 1 is there"),
        ({"a": 1}, {"a": {"b": 1}}, "a: {'b': 1} is declared, 1 is there"),
    ],
)
def test_each_difference_is_one_line(held: Any, declared: Any, line: str) -> None:
    assert missing(held, declared) == [line]

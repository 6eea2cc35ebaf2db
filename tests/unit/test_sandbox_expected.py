"""The question about GPUs inside is known before the host is."""

from __future__ import annotations

from gpufleet.facts.gpus_inside import GpusInside
from roles.sandbox.expected import expected


def test_sandboxes_with_gpus_are_asked_in_order_of_their_names() -> None:
    data = {"sandbox_containers": {"box_b": {}, "box_a": {"gpus": ["0"]}, "without": {"gpus": "none"}}}
    assert expected(data) == ((GpusInside, {"names": ["box_a", "box_b"]}),)


def test_nothing_is_asked_where_no_sandbox_has_gpus() -> None:
    assert expected({"sandbox_containers": {"box": {"gpus": "none"}}}) == ()
    assert expected({"platform_gpu": "none"}) == ()


def test_wrong_settings_are_left_for_others_to_say() -> None:
    assert expected({"sandbox_containers": 3}) == ()

"""Many host names on few lines."""

import pytest

from gpufleet.report.names import compressed, several


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["gpu-01", "gpu-02", "gpu-03", "gpu-04"], "gpu-01..gpu-04"),
        (["gpu-3", "gpu-1", "gpu-2"], "gpu-1..gpu-3"),
        (["gpu-9", "gpu-10", "gpu-11"], "gpu-9..gpu-11"),
        (["gpu-08", "gpu-09", "gpu-10"], "gpu-08..gpu-10"),
        (["gpu-1", "gpu-2"], "gpu-1, gpu-2"),
        (["gpu-01", "gpu-02", "gpu-03", "gpu-05", "login"], "gpu-01..gpu-03, gpu-05, login"),
        (["gpu-9", "gpu-010", "gpu-11"], "gpu-9, gpu-010, gpu-11"),
        (["a1.x.example", "a2.x.example", "a3.x.example"], "a1.x.example..a3.x.example"),
        (["a1.x.example", "a2.y.example", "a3.z.example"], "a1.x.example, a2.y.example, a3.z.example"),
        (["rack1-gpu1", "rack1-gpu2", "rack1-gpu3", "rack2-gpu1"], "rack1-gpu1..rack1-gpu3, rack2-gpu1"),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.1"], "10.0.0.1..10.0.0.3, 10.0.1.1"),
        (["@local"], "@local"),
        (["b", "a", "b"], "a, b"),
        ([f"gpu-{number:03}" for number in range(500)], "gpu-000..gpu-499"),
        (["a\nb"], r"a\nb"),
        (["x" * 100], f"{'x' * 57}..."),
    ],
)
def test_names_in_a_row_become_a_range(names: list[str], shown: str) -> None:
    assert compressed(names) == shown


def test_more_than_one_name_comes_with_its_count() -> None:
    assert several(["a"]) == "a"
    assert several(["a", "b"]) == "a, b (2 hosts)"

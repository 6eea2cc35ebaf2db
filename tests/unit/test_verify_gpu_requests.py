"""Which GPUs a container asks for, which it lists, and how they came in."""

import pytest

from gpufleet.verify.gpu_requests import expected, injection, smi, to_open, uuids

FIRST, SECOND = "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77", "GPU-0f1e2d3c-0000-1111-2222-333344445555"
LISTING = f"""\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: {FIRST})
  MIG 1g.5gb      Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: {SECOND})
"""


def test_whole_gpus_are_listed_and_their_parts_are_not() -> None:
    assert uuids(LISTING) == {FIRST, SECOND}
    assert uuids("No devices found.\n") == set()


@pytest.mark.parametrize(
    ("devices", "wanted"),
    [
        (["all"], {FIRST, SECOND}),
        (["0"], {FIRST}),
        (["0", "1"], {FIRST, SECOND}),
        ([SECOND], {SECOND}),
        (["GPU-5d5b"], {FIRST}),
        (["nvidia.com/gpu=1"], {SECOND}),
        (["nvidia.com/gpu=all"], {FIRST, SECOND}),
        ([], set()),
        (["2"], None),
        (["0:1"], None),
        (["0", "MIG-c6d4f1ef"], None),
        (["example.com/device=0"], None),
    ],
)
def test_a_request_names_gpus_by_index_or_uuid(devices: list[str], wanted: set[str] | None) -> None:
    assert expected(devices, [FIRST, SECOND]) == wanted


def test_without_gpus_on_the_host_a_request_for_all_names_nothing() -> None:
    assert expected(["all"], []) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("void", "CDI"),
        ("all", "NVIDIA's hook (legacy mode)"),
        (FIRST, "NVIDIA's hook (legacy mode)"),
        ("none", None),
        ("", None),
        (None, None),
    ],
)
def test_the_mechanism_shows_in_the_environment_of_the_first_process(value: str | None, words: str | None) -> None:
    assert injection(value, {FIRST}) == words
    assert injection(value, set()) is None, "no GPU came in"


@pytest.mark.parametrize(
    ("nodes", "program", "there"),
    [
        (["/dev/nvidia0"], None, True),
        (["/dev/dxg"], "/usr/lib/wsl/lib/nvidia-smi", True),
        (["/dev/dxg"], None, False),
        ([], "/usr/bin/nvidia-smi", False),
    ],
)
def test_the_node_of_wsl_is_nvidias_only_beside_nvidias_driver(
    nodes: list[str], program: str | None, there: bool
) -> None:
    assert to_open(nodes, program) is there


def test_nvidia_smi_is_looked_for_where_drivers_put_it_and_where_the_host_has_it() -> None:
    assert smi(None) == "PATH=$PATH:/usr/local/nvidia/bin:/usr/lib/wsl/lib; nvidia-smi -L"
    assert ":/usr/lib/wsl/lib:'/opt/my nvidia'; " in smi("/opt/my nvidia/nvidia-smi")

"""In which order files are begun: workers take whole files, so that the long ones come first and short ones fill up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

FIRST = ("test_verify_gpu.py", "test_apt.py", "test_wsl.py")
"""For three workers: one makes the snapshot with a GPU, one that without, and the third needs neither meanwhile."""
SECONDS = {
    "test_cuda_image.py": 240,
    "test_nvidia_container_toolkit.py": 190,
    "test_drift.py": 190,
    "test_sandbox.py": 170,
    "test_check_fleet.py": 140,
    "test_apply.py": 130,
    "test_docker_restart.py": 130,
    "test_gpu_host.py": 130,
    "test_verify.py": 130,
    "test_bundle.py": 120,
    "test_bundle_refused.py": 120,
    "test_daily.py": 110,
    "test_lab.py": 110,
    "test_lab_teardown.py": 100,
    "test_daemon_json.py": 100,
    "test_bench.py": 100,
    "test_sandbox_safety.py": 90,
    "test_existing_leftovers.py": 80,
    "test_platform.py": 80,
    "test_verify_unusual.py": 80,
    "test_verify_kernels.py": 75,
    "test_nvidia_standins.py": 70,
    "test_same_changes.py": 70,
    "test_containerd.py": 70,
    "test_sandbox_gpu.py": 65,
    "test_existing_engines.py": 60,
    "test_check_readonly.py": 60,
    "test_mirror.py": 50,
    "test_check_false_alarms.py": 45,
    "test_remove.py": 40,
    "test_wsl_desktop.py": 40,
    "test_reimage.py": 30,
    "test_verify_container.py": 25,
    "test_sandbox_editor.py": 25,
    "test_daily_here.py": 20,
    "test_report_units.py": 15,
}
"""What the quick tests of a file take where three run at a time on two cores; a file that is not here begins early."""


def sort(items: list[pytest.Item]) -> None:
    """Put the tests in that order, each file's own as they were.

    Args:
        items: what was collected; it is changed in place.
    """
    items.sort(key=lambda item: rank(item.path.name))


def rank(file: str, first: Sequence[str] = FIRST) -> tuple[int, int]:
    """What sorts a file of this name.

    Args:
        file: its name.
        first: those that are begun before all others.
    """
    return (first.index(file), 0) if file in first else (len(first), -SECONDS.get(file, 1000))

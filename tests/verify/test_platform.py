"""The host itself: what is declared can work there, and the last apply came to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gpufleet.stamp import parse
from gpufleet.state import IN_PROGRESS, STAMP
from roles.platform.settings import PlatformSettings
from roles.platform.verdict import refusals

if TYPE_CHECKING:
    from testinfra.host import Host

    from gpufleet.platform import Platform
    from gpufleet.verify.fixtures import Settings


def test_nothing_keeps_the_host_from_what_is_declared(platform: Platform, settings: Settings) -> None:
    """Distribution, architecture, WSL, whose Docker, free space: what `apply` would refuse the host for."""
    reasons = [f"{found}. {found.remedy}" for found in refusals(platform, settings(PlatformSettings))]
    assert not reasons


def test_the_last_apply_came_to_its_end(host: Host) -> None:
    """A run that was cut off leaves its mark; apply again."""
    assert not host.file(IN_PROGRESS).exists


def test_the_host_remembers_what_was_applied(host: Host) -> None:
    """Without a stamp nothing was ever applied here, or somebody removed it."""
    stamp = host.file(STAMP)
    assert stamp.exists
    assert parse(stamp.content) is not None


def test_the_gpus_answer(platform: Platform, settings: Settings) -> None:
    """`nvidia-smi` lists the GPUs, with a driver and a compute capability for each."""
    wanted = settings(PlatformSettings).gpu
    if wanted == "none" or (wanted == "auto" and not platform.nvidia_devices and not platform.nvidia_smi):
        pytest.skip("no GPU is declared, and none is there")
    assert platform.gpu_error is None
    assert platform.gpus
    assert all(gpu.driver_version and gpu.compute_capability for gpu in platform.gpus)

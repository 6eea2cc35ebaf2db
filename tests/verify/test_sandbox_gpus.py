"""Every declared sandbox has the GPUs that it asks for, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gpufleet.verify.gpu_requests import INJECTED, expected, injection, smi, uuids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from testinfra.host import Host

    from gpufleet.platform import Platform
    from roles.sandbox.wanted import Wanted


def test_each_sees_the_gpus_that_it_asks_for(
    sandboxes: list[Wanted], views: Mapping[str, Host], platform: Platform
) -> None:
    """The same ones as the host, by UUID, and none where it asks for none."""
    there = [gpu.uuid for gpu in platform.gpus]
    for each in sandboxes:
        listed = views[each.name].run(smi(platform.nvidia_smi))
        wanted = expected([device for request in each.container.gpus for device in request.devices], there)
        assert listed.succeeded or not each.container.gpus, f"{each.name}: {listed.stdout}{listed.stderr}"
        assert wanted is None or uuids(listed.stdout) == wanted, f"{each.name}: {listed.stdout}{listed.stderr}"
        if not each.container.gpus:
            brought_in = set(views[each.name].check_output(INJECTED).splitlines())
            assert brought_in - {mount.target for mount in each.container.mounts} == set(), each.name


def test_gpus_come_by_a_mechanism_that_is_named(
    sandboxes: list[Wanted], views: Mapping[str, Host], platform: Platform, note: Callable[[str], None]
) -> None:
    """CDI keeps a GPU through `systemctl daemon-reload`; with NVIDIA's hook it goes.

    See https://github.com/NVIDIA/nvidia-container-toolkit/issues/48.
    """
    asking = [each for each in sandboxes if each.container.gpus]
    if not asking:
        pytest.skip("no sandbox asks for a GPU")
    for each in asking:
        first = views[each.name].file("/proc/1/environ").content_string.split("\0")
        values = dict(line.partition("=")[::2] for line in first)
        how = injection(
            values.get("NVIDIA_VISIBLE_DEVICES"), uuids(views[each.name].run(smi(platform.nvidia_smi)).stdout)
        )
        assert how, f"{each.name}: neither CDI nor NVIDIA's hook brought a GPU"
        ways = ", ".join(request.way for request in each.container.gpus)
        note(f"{each.name} asks for GPUs by {ways} and gets them by {how}")

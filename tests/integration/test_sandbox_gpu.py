"""Sandboxes and GPUs on a host with a simulated driver: asked for, seen, and there again after a reboot."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.sandboxes import IMAGE, Sandboxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

WAYS: dict[str, dict[str, Any]] = {
    "rt": {},
    "cdi": {"gpu_request": "cdi"},
    "one": {"gpus": [1]},
    "cpu": {"gpus": "none"},
}


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host with Docker 26, the toolkit and two GPUs, of which the CDI specification was made anew."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    host.install_gpu(count=2)
    host.ssh(f"systemctl restart gpufleet-cdi; docker pull -q {IMAGE}")
    yield host
    host.destroy()


@pytest.fixture
def sandboxes(lab: Lab, host: LabHost) -> Sandboxes:
    """Without any container."""
    found = Sandboxes(lab, host, gpu="auto")
    found.clear()
    return found


def gpus(sandboxes: Sandboxes, name: str) -> list[str]:
    """UUIDs of the GPUs that a sandbox sees."""
    listed = sandboxes.docker("exec", name, "nvidia-smi", "-L", check=False)
    return re.findall(r"UUID: (\S+)\)", listed)


def wait_until_running(sandboxes: Sandboxes, *names: str) -> None:
    end = time.monotonic() + 120
    while any(sandboxes.identity(name)[2] != "running" for name in names):
        assert time.monotonic() < end, sandboxes.docker("ps", "-a")
        time.sleep(0.3)


def test_gpus_are_seen_as_declared_and_after_a_reboot_without_an_apply(sandboxes: Sandboxes) -> None:
    there = re.findall(r"UUID: (\S+)\)", sandboxes.host.ssh("nvidia-smi -L").stdout)
    assert len(there) == 2
    sandboxes.apply_well({**WAYS, "stopped": {"gpu_request": "cdi"}})
    seen = {"rt": there, "cdi": there, "one": there[1:], "cpu": []}
    assert {name: gpus(sandboxes, name) for name in WAYS} == seen
    sandboxes.docker("stop", "stopped")
    ids = {name: sandboxes.identity(name)[0] for name in WAYS}
    sandboxes.host.reboot()
    wait_until_running(sandboxes, *WAYS)
    assert {name: gpus(sandboxes, name) for name in WAYS} == seen
    assert {name: sandboxes.identity(name)[0] for name in WAYS} == ids
    assert sandboxes.identity("stopped")[2] == "exited"
    assert sandboxes.apply_well({**WAYS, "stopped": {"gpu_request": "cdi"}}) == [
        "Have stopped run as declared",
        "Remember what was declared",
    ]


def test_gpus_changed_by_hand_are_seen_and_a_card_that_is_not_there_is_refused(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {"gpus": [0]}})
    label = sandboxes.inspect("py")["Config"]["Labels"]["gpufleet.declaration"]
    options = (
        f"--name py -l gpufleet.sandbox=py -l gpufleet.declaration={label} --init -t --restart unless-stopped "
        "--shm-size 64m -v /home/ops/py:/app --entrypoint sleep --device nvidia.com/gpu=all"
    )
    sandboxes.host.ssh(f"docker rm -f py; docker run -d {options} {IMAGE} infinity")
    applied = sandboxes.apply({"py": {"gpus": [0]}})
    assert applied.code == 0, applied.output
    assert "GPUs: expected 0 by runtime (compute, utility), found all by cdi" in applied.words
    before = sandboxes.identity("py")
    refused = sandboxes.apply({"py": {"gpus": [0, 2]}})
    assert refused.code == 1
    assert "expected GPUs of this host: 0 (GPU-" in refused.words
    assert sandboxes.identity("py") == before


@pytest.mark.slow
def test_without_its_gpu_a_sandbox_waits_and_is_left_alone(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}})
    before = sandboxes.identity("py")
    sandboxes.host.remove_gpu()
    try:
        applied = sandboxes.apply({"py": {"shm_size": "128m"}, "new": {}})
        assert applied.code == 0, applied.output
        assert "wait for a GPU, and are left as they are until one is seen: py, new" in applied.words
        assert sandboxes.identity("py") == before
        assert sandboxes.names() == ["py"]
    finally:
        sandboxes.host.install_gpu(count=2)

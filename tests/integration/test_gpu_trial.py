"""The trial for servers with a real GPU, on a host with a simulated one: it ends, and says what it cannot show."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.gpu.trial import SANDBOXES
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

pytestmark = pytest.mark.slow

SHOWN_HERE = ("apply", "again", "check", "cdi", "runtime", "start", "tidy")
COMPUTING = ("verify", "gpus", "dockerd", "bench")
"""Steps in which a GPU has to compute something."""


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host with a simulated GPU; the trial leaves it as it was."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    yield host
    host.destroy()


def trial(inventory: Path, state: Path, *further: str) -> subprocess.CompletedProcess[str]:
    """Run it as a user does."""
    words = [sys.executable, "-m", "tests.gpu", "--inventory", str(inventory), "--state", str(state), *further]
    return subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def failing(step: dict[str, Any]) -> list[str]:
    """The claims of a step that are not so."""
    return [check["claim"] for check in step["checks"] if not check["ok"]]


def test_all_is_shown_but_what_a_gpu_has_to_compute(lab: Lab, host: LabHost, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    done = trial(lab.inventory([host]), state)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    steps = {step["step"]: step for step in document["steps"]}
    assert set(steps) == {*SHOWN_HERE, *COMPUTING}
    assert [name for name in SHOWN_HERE if not steps[name]["ok"]] == [], done.stderr
    assert not document["ok"]
    assert failing(steps["gpus"]) == [f"{name}: kernels are right on them" for name in ("trial_runtime", "trial_cdi")]
    assert failing(steps["dockerd"]) == failing(steps["gpus"])
    assert [claim for claim in failing(steps["verify"]) if "kernels" not in claim] == ["gpufleet verify ends with 0"]
    assert "the same packages inside and outside" not in failing(steps["bench"])
    assert steps["bench"]["figures"]["measurements"] == {}
    assert steps["cdi"]["figures"]["check"]["findings"][0]["class"] == "runtime"
    assert document["host"]["gpus"][0]["uuid"].startswith("GPU-")
    names = host.ssh("docker ps -a --format '{{.Names}}'; ls ~ops /var/lib").stdout.split()
    assert not {*SANDBOXES, "gpufleet-trial"} & set(names)
    resumed = trial(lab.inventory([host]), state, "--steps", *SHOWN_HERE)
    assert (resumed.returncode, [line for line in resumed.stderr.splitlines() if line.startswith("--")]) == (0, [])


def test_a_host_with_other_work_is_left_alone(lab: Lab, host: LabHost, tmp_path: Path) -> None:
    image = host.ssh("docker images -q gpufleet/cuda").stdout.split()[0]
    host.ssh(f"docker run -d --name job {image} sleep infinity")
    done = trial(lab.inventory([host]), tmp_path / "state.json", "--steps", "check")
    host.ssh("docker rm -f job")
    assert done.returncode == 2
    assert "containers that are not gpufleet's run there: job" in done.stderr
    assert not (tmp_path / "state.json").exists()


def test_one_host_is_tried_at_a_time(lab: Lab, host: LabHost, tmp_path: Path) -> None:
    inventory = lab.inventory([host])
    beside = inventory.with_name("hosts.yml")
    beside.write_text(beside.read_text() + "    other:\n      hosts:\n        other1: {ansible_host: 192.0.2.1}\n")
    done = trial(inventory, tmp_path / "state.json")
    assert done.returncode == 2
    assert "name one with --limit" in done.stderr


def test_containerd_and_the_way_back_are_shown_from_a_bare_host(lab: Lab, gpu_fresh: LabHost, tmp_path: Path) -> None:
    done = trial(lab.inventory([gpu_fresh]), tmp_path / "state.json", "--steps", "apply", "containerd", "remove")
    steps = {step["step"]: step for step in json.loads(done.stdout)["steps"]}
    assert set(steps) == {"apply", "containerd", "remove"}, done.stderr
    assert failing(steps["containerd"]) == ["ctr, NVIDIA's runtime: kernels are right on them"], done.stderr
    assert steps["containerd"]["figures"]["kubernetes"] == {"not_tried": "crictl is not there"}
    assert steps["remove"]["ok"], done.stderr
    assert json.loads(done.stdout)["host"]["docker"], "what the host was is told, not what is left of it"

"""`gpufleet bench` in sandboxes of a lab host: nothing there has a rate, and nothing may look as if it had one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.apply import apply_well
from tests.lab import product
from tests.unit.test_bench_report import VALIDATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SANDBOXES = {
    "python_sandbox": {},
    "simulator": {"environment": {"NUMBA_ENABLE_CUDASIM": "1"}, "gpus": "none", "shm_size": "64m"},
}
CASES = 8
STATE = "docker top {0} -o pid,args; docker diff {0} | sort; docker exec {0} ls -A / /tmp /app"
FMA = "/opt/venv/lib/python3*/site-packages/numba_cuda/numba/cuda/simulator/kernelapi.py"


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host with a simulated driver, a sandbox that asks for its GPU, and one with Numba's simulator."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    apply_well(lab, host, sandbox_containers=SANDBOXES)
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def inventory(lab: Lab, host: LabHost) -> Path:
    return lab.inventory([host])


def bench(inventory: Path, *arguments: str) -> product.Done:
    return product.run("gpufleet", "bench", "--inventory", str(inventory), *arguments)


def measured(inventory: Path, file: Path) -> tuple[product.Done, dict[str, Any]]:
    """A benchmark in the simulator's sandbox: what it says, and the one host of the document that it writes."""
    done = bench(inventory, "--sandbox", "simulator", "--json", str(file))
    found = json.loads(file.read_text(encoding="utf-8"))
    VALIDATE(found)
    return done, found["hosts"][0]


def test_on_the_simulator_results_are_checked_and_no_rate_is_shown(
    inventory: Path, host: LabHost, tmp_path: Path
) -> None:
    before = host.ssh(STATE.format("simulator")).stdout
    done, document = measured(inventory, tmp_path / "bench.json")
    assert done.status == 4, done.output
    assert f"{host.name}, sandbox simulator (--sandbox for python_sandbox)" in done.output
    assert "no rates: Numba's simulator computes on the CPU" in done.output
    assert done.output.count("result right, no rate") == CASES, done.output
    assert not {"GB/s", "GFLOP/s", "us", "%", "median"} & set(done.output.split()), done.output
    assert max(len(line) for line in done.output.splitlines()) <= 100
    assert host.ssh(STATE.format("simulator")).stdout == before
    answer = document["answer"]
    assert answer["simulated"]
    assert answer["packages"]["numba-cuda"]
    found = answer["gpus"][0]["measurements"]
    assert [each["status"] for each in found] == ["simulated"] * CASES
    assert {each[key] for each in found for key in ("median", "min", "max", "limit", "share")} == {None}


def test_a_wrong_result_is_2_beside_the_4_of_the_simulator(inventory: Path, host: LabHost, tmp_path: Path) -> None:
    as_root = f"docker exec --user 0 simulator sh -c \"sed -i '{{}}' {FMA}\""
    host.ssh(as_root.format("s/return a [*] b + c/return a * b + c + 1/"))
    try:
        done, found = measured(inventory, tmp_path / "bench.json")
    finally:
        host.ssh(as_root.format("s/return a [*] b + c + 1/return a * b + c/"))
    assert done.status == 6, done.output
    assert "FMA chain, float32: WRONG RESULT: off by " in done.output
    assert (found["status"], found["answer"]["exit_code"]) == ("wrong", 6)
    wrong = {each["name"] for each in found["answer"]["gpus"][0]["measurements"] if each["status"] == "wrong"}
    assert wrong == {"fma_float32", "fma_float64"}


def test_by_itself_the_sandbox_that_asks_for_a_gpu_is_taken_and_says_why_there_is_none(
    inventory: Path, host: LabHost
) -> None:
    done = bench(inventory)
    assert done.status == 4, done.output
    assert f"{host.name}, sandbox python_sandbox (--sandbox for simulator)" in done.output
    assert "could not be measured: CudaSupportError" in done.output
    assert "CUDA driver library cannot be" in done.output


def test_a_sandbox_without_python_is_told_so_and_another_host_is_not_kept_from_its_own(
    lab: Lab, host: LabHost, fresh: LabHost
) -> None:
    label = "--label gpufleet.sandbox=bare --label gpufleet.image=other"
    host.ssh(f"docker run --detach --name bare {label} debian:trixie-slim sleep infinity")
    try:
        done = bench(lab.inventory([fresh, host]), "--sandbox", "bare")
    finally:
        host.ssh("docker rm --force bare")
    assert done.status == 4, done.output
    shown = " ".join(done.output.split())
    assert f"{fresh.name} could not be measured: dockerd does not run" in shown
    assert '"python": executable file not found in $PATH' in shown


def test_a_sandbox_that_does_not_run_is_not_started(inventory: Path, host: LabHost) -> None:
    host.ssh("docker stop simulator")
    try:
        done = bench(inventory, "--sandbox", "simulator")
        assert host.ssh("docker inspect --format '{{.State.Status}}' simulator").stdout == "exited\n"
    finally:
        host.ssh("docker start simulator")
    assert done.status == 4, done.output
    shown = " ".join(done.output.split())
    assert "no sandbox simulator runs; there is python_sandbox (running), simulator (exited)" in shown

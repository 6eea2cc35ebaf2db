"""`gpufleet bench` on this machine: hosts that cannot be measured, and where the report goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_bench_report import VALIDATE

COMMAND = str(Path(sys.executable).with_name("gpufleet"))
INVENTORY = 'dead = [("127.0.0.1", {"ssh_port": 1})]\n'


@pytest.fixture
def inventory(tmp_path: Path) -> str:
    (tmp_path / "inventory.py").write_text(INVENTORY)
    return str(tmp_path / "inventory.py")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, "bench", *arguments], capture_output=True, text=True, check=False, timeout=120)


def test_a_host_that_is_not_reached_is_4_and_told_with_a_way_out(inventory: str) -> None:
    done = bench("--inventory", inventory)
    assert done.returncode == 4, done.stderr
    assert done.stdout.splitlines()[-4:] == [
        "",
        "127.0.0.1",
        "  could not be measured: connection refused: 127.0.0.1, port 1",
        "    -> does sshd run there, and is that its port?",
    ]


def test_the_document_goes_to_stdout_in_place_of_the_report(inventory: str) -> None:
    done = bench("--inventory", inventory, "--json")
    found = json.loads(done.stdout)
    VALIDATE(found)
    assert (done.returncode, found["exit_code"], found["hosts"][0]["status"]) == (4, 4, "unmeasured")


def test_or_to_a_file_beside_it(inventory: str, tmp_path: Path) -> None:
    done = bench("--inventory", inventory, "--json", str(tmp_path / "bench.json"))
    VALIDATE(json.loads((tmp_path / "bench.json").read_text(encoding="utf-8")))
    assert done.stdout.startswith("gpufleet bench: 1 host of")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--limit", "deda"], "--limit deda: no such host or group; did you mean dead?"),
        (["--json", "/nowhere/bench.json"], "/nowhere/bench.json cannot be written"),
    ],
)
def test_a_run_that_cannot_be_made_is_1(inventory: str, arguments: list[str], said: str) -> None:
    done = bench("--inventory", inventory, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_a_benchmark_makes_no_junit_file() -> None:
    done = bench("--junit", "x.xml")
    assert (done.returncode, done.stdout) == (64, "")

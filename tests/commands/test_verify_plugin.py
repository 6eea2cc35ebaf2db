"""The pytest plugin, run as people run it: pytest in a process of its own, on this machine and on ones that are not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEAD = "127.0.0.1"
"""Nothing listens there on port 1, so the connection is refused."""
INVENTORY = f"""
servers = ["@local", ("{DEAD}", {{"ssh_port": 1}})]
laptops = (["@local"], {{"greeting": "from the group"}})
"""
TESTS = """
import pytest
from gpufleet.verify.connection import HostLostError
from gpufleet.verify.container import ContainerError
from gpufleet.verify.reporting import simulated

def test_the_host_answers(host):
    assert host.run("echo $((6 * 7))").stdout == "42\\n"

def test_something_is_wrong_there(host):
    assert host.file("/none").exists, "there is no /none"

def test_something_does_not_apply(host):
    pytest.skip("not on this host")

def test_a_simulator_computes(host, note):
    note("There is no GPU.")
    simulated()

def test_a_container_is_not_there(host):
    raise ContainerError("the container box does not run (paused)")

def test_the_host_goes_away(host):
    raise HostLostError("connection lost: reset")

def test_what_is_declared_is_known(data, platform):
    assert data["greeting"] == "from the group"
    assert platform.architecture

def test_without_a_host():
    pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inventory.py").write_text(INVENTORY)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "test_hosts.py").write_text(TESTS)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "gpufleet.verify.plugin", "-v", "-rs", *arguments]
    environment = {**os.environ, "COLUMNS": "120"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_each_host_gets_each_test_and_an_unreachable_one_gets_one_error(folder: Path) -> None:
    result = run(folder)
    assert "test_hosts.py::test_without_a_host PASSED" in result.stdout
    assert "test_hosts.py::test_the_host_answers[@local] PASSED" in result.stdout
    assert "test_hosts.py::test_the_host_goes_away[@local] ERROR" in result.stdout
    assert f"connection[{DEAD}] ERROR" in result.stdout
    assert f"test_the_host_answers[{DEAD}]" not in result.stdout
    assert "test_hosts.py::test_a_simulator_computes[@local] SKIPPED (simulated, result right)" in result.stdout
    assert "test_a_container_is_not_there[@local] ___" in result.stdout
    assert "\nthe container box does not run (paused)\n" in result.stdout, "one line, no traceback"
    assert "2 failed, 3 passed, 2 skipped, 2 errors in" in result.stdout.splitlines()[-1]
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    summary = result.stdout.split(" hosts ===")[1].splitlines()[1:-1]
    assert summary[0] == (
        "@local     not reached: connection lost: reset, 2 failed, 2 passed, 1 skipped, "
        "1 skipped (simulated, result right), 1 not run"
    )
    assert summary[1] == "           There is no GPU."
    assert summary[2].startswith(f"{DEAD}  not reached: Could not connect (")
    assert summary[2].endswith(", 7 not run")
    assert "not on this host" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_limit_leaves_the_other_hosts_alone(folder: Path) -> None:
    result = run(folder, "-k", "answers", "--limit=laptops", "--color=yes")
    assert (result.returncode, result.stdout.count("PASSED")) == (0, 1), result.stdout
    assert "\x1b[32m@local  1 passed" in result.stdout


def test_a_limit_without_a_match_ends_the_run_with_the_nearest_name(folder: Path) -> None:
    result = run(folder, "--limit", "serverss")
    assert "--limit serverss: no such host or group; did you mean servers?" in result.stdout + result.stderr
    assert result.returncode == pytest.ExitCode.TESTS_FAILED


def test_listing_the_tests_touches_no_host_and_shows_them_host_by_host(folder: Path) -> None:
    (folder / "test_more.py").write_text("def test_more(host):\n    pass\n")
    result = run(folder, "--collect-only", "-qq")
    hosts = [line.split("[")[1] for line in result.stdout.splitlines() if "[" in line]
    assert hosts == ["@local]"] * 8 + [f"{DEAD}]"] * 8
    assert result.returncode == 0

"""The reports of `gpufleet verify`, run as people run it, on this machine and one that is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import fastjsonschema
import pytest

from gpufleet.report import json_document

SCHEMA = json.loads(json_document.SCHEMA.read_text(encoding="utf-8"))
COMMAND = str(Path(sys.executable).with_name("gpufleet"))
DEAD = "127.0.0.1"
TESTS = """
import os
import pytest

def test_the_host_answers(host, note):
    note("It answers.")
    assert host.run("true").rc == 0

def test_the_file_is_there(host):
    assert host.file("/none").exists, "there is no /none"

def test_something_does_not_apply(host):
    os.write(1, b"straight to stdout")
    pytest.skip("not on this host")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inventory.py").write_text(f'here = ["@local"]\ndead = [("{DEAD}", {{"ssh_port": 1}})]\n')
    (tmp_path / "test_docker_engine_daemon.py").write_text(TESTS)
    return tmp_path


def verify(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "verify", "--inventory", "inventory.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def read(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    fastjsonschema.validate(SCHEMA, document)
    return document


def test_json_on_stdout_is_all_that_is_there_and_pytest_s_own_goes_to_stderr(folder: Path) -> None:
    done = verify(folder, "--json", "--", "test_docker_engine_daemon.py", "-s")
    document = read(done.stdout)
    assert done.returncode == document["exit_code"] == 6
    assert "straight to stdout" in done.stderr
    assert "1 failed, 1 passed, 1 skipped, 1 error in" in done.stderr
    here, dead = document["hosts"]
    assert (here["name"], here["status"], here["tests"]) == (
        "@local",
        "drifted",
        {"failed": 1, "passed": 1, "skipped": 1},
    )
    assert here["notices"] == ["It answers."]
    assert here["commands"] >= 3
    (finding,) = here["findings"]
    assert (finding["id"], finding["role"], finding["class"], finding["observed"]) == (
        "test_the_file_is_there",
        "docker_engine",
        "runtime",
        "there is no /none",
    )
    assert (dead["name"], dead["status"], dead["tests"]) == (DEAD, "unknown", {"not run": 3})
    assert dead["why"].startswith("Could not connect (")


def test_files_come_besides_what_pytest_prints_and_writes_itself(folder: Path) -> None:
    done = verify(
        folder, "--limit", "here", "--json", "a.json", "--junit", "b.xml",
        "--", "test_docker_engine_daemon.py", "-k", "answers or apply", "-v", "--junitxml=own.xml",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "test_the_host_answers[@local] PASSED" in done.stdout
    assert "\n@local  1 passed, 1 skipped\n        It answers.\n" in done.stdout
    document = read((folder / "a.json").read_text())
    assert (document["exit_code"], document["complete"], document["limits"]) == (0, True, ["here"])
    (suite,) = ET.fromstring((folder / "b.xml").read_bytes())  # noqa: S314 - made here
    assert [case.get("name") for case in suite.iter("testcase")] == ["all other tests passed", "1 test skipped"]
    assert len(list(ET.parse(folder / "own.xml").iter("testcase"))) == 2  # noqa: S314 - made here


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--limit", "nobody"), 1),
        (("--", "--no-such-option"), 64),
        (("--", "none.py"), 64),
        (("--", "test_docker_engine_daemon.py", "--collect-only", "-q"), 0),
    ],
)
def test_a_run_that_judged_nothing_leaves_no_report(folder: Path, arguments: tuple[str, ...], code: int) -> None:
    assert verify(folder, "--json", "a.json", *arguments).returncode == code
    assert not (folder / "a.json").exists()


def test_a_run_that_stops_at_the_first_failure_says_which_host_it_had_not_come_to_the_end_of(folder: Path) -> None:
    (folder / "inventory.py").write_text('hosts = ["@local"]\n')
    done = verify(folder, "--json", "--", "test_docker_engine_daemon.py", "-x")
    (host,) = read(done.stdout)["hosts"]
    assert (host["why"], host["tests"]) == ("the run stopped before its end", {"failed": 1, "passed": 1, "not run": 1})
    assert done.returncode == 6


def test_a_file_that_cannot_be_written_ends_the_run_before_it_begins(folder: Path) -> None:
    done = verify(folder, "--json", "none/a.json", "--", "test_docker_engine_daemon.py")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "gpufleet: none/a.json cannot be written: No such file or directory\n"

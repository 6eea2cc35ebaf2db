"""The command `gpufleet`: its arguments and exit codes, tried on this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gpufleet import cli
from gpufleet.verify.launch import Launch
from gpufleet.verify.outcome import Result

COMMAND = str(Path(sys.executable).with_name("gpufleet"))
DEAD = "127.0.0.1"
SECONDS, LONG = 120, 3600
"""How long a command may take on a slow machine, and what is never waited for."""
INVENTORY = f'here = ["@local"]\ndead = [("{DEAD}", {{"ssh_port": 1}})]\n'


def gpufleet(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=SECONDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inventory.py").write_text(INVENTORY)
    return tmp_path


def verify(folder: Path, body: str, *arguments: str) -> int:
    """Verify with one test of this body; the exit code."""
    test = folder / "test_it.py"
    test.write_text(f"def test_it(host):\n    {body}\n")
    inventory = ("--inventory", str(folder / "inventory.py"))
    return gpufleet("verify", *inventory, *arguments, "--", str(test)).returncode


def test_help_answers_without_loading_what_touches_hosts() -> None:
    code = "import sys, gpufleet.cli as c\ntry: c.main(['--help'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "verify" in done.stdout
    assert not {"pyinfra", "gevent", "pytest", "pydantic"} & set(done.stdout.splitlines()[-1].split())


def test_version_is_the_one_of_the_installed_package() -> None:
    done = gpufleet("--version")
    assert (done.returncode, done.stdout) == (0, "gpufleet 0.1.0\n")


@pytest.mark.parametrize("arguments", [[], ["verfy"], ["verify", "--limt", "x"], ["verify", "--limit"]])
def test_mistakes_end_with_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 64
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["check", "apply"])
@pytest.mark.parametrize("roles", ["", ",", "docker_engine,"])
def test_roles_that_name_nothing_are_never_all_roles(verb: str, roles: str) -> None:
    """As with `--roles "$ROLES"` where the variable is not set."""
    done = gpufleet(verb, "--inventory", "@local", "--roles", roles)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("gpufleet: --roles '': no such role; there are cuda_image, docker_engine,")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('fleet = ["@local", ("b", {"ssh_port": "abc"})]', "host b: ssh_port is 'abc', not a whole number"),
        ("raise SystemExit(3)", "line 1: it ended the run by itself, with SystemExit(3)"),
    ],
)
def test_an_inventory_that_cannot_be_used_is_1_with_the_reason_and_no_host_is_touched(
    tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "inventory.py").write_text(content)
    done = gpufleet("check", "--inventory", str(tmp_path / "inventory.py"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"gpufleet: {tmp_path}/inventory.py")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_and_a_host_that_is_not_reached_are_6(folder: Path) -> None:
    assert verify(folder, "assert host.run('false').rc == 0", "--limit", "here", "dead") == 6


def test_everything_as_declared_is_0(folder: Path) -> None:
    assert verify(folder, "assert host.run('true').rc == 0", "--limit", "here") == 0


@pytest.mark.parametrize(
    ("status", "ran", "results", "code"),
    [
        (pytest.ExitCode.OK, True, ["passed"], 0),
        (pytest.ExitCode.OK, True, ["skipped"], 1),
        (pytest.ExitCode.OK, False, [], 0),
        (pytest.ExitCode.TESTS_FAILED, True, ["passed", "failed"], 2),
        (pytest.ExitCode.TESTS_FAILED, False, [], 1),
        (pytest.ExitCode.INTERRUPTED, True, ["passed"], 1),
        (pytest.ExitCode.INTERNAL_ERROR, True, ["passed"], 1),
        (pytest.ExitCode.USAGE_ERROR, False, [], 64),
        (pytest.ExitCode.NO_TESTS_COLLECTED, True, [], 1),
    ],
)
def test_each_exit_code_of_pytest_has_one_of_ours(
    status: pytest.ExitCode, ran: bool, results: list[Result], code: int
) -> None:
    launch = Launch(Path())
    launch.ran = ran
    for result in results:
        launch.outcome.add("gpu1", result, "test_it.py::test_it[gpu1]", "it does not hold")
    assert launch.exit_code(status) == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_cleans_up_and_says_so(folder: Path, number: signal.Signals, code: int) -> None:
    (folder / "test_it.py").write_text(
        f"""
import pytest
@pytest.fixture
def trace(host):
    host.run("touch {folder}/trace")
    yield
    host.run("rm {folder}/trace")
def test_it(host, trace):
    host.run("touch {folder}/started; sleep {LONG}")
"""
    )
    # A shell that starts something in the background has it ignore SIGINT, and its children too
    command = ["env", "--default-signal", COMMAND, "verify", "--inventory", "@local", "--", str(folder / "test_it.py")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + SECONDS
    while not (folder / "started").exists():
        assert time.monotonic() < deadline, "the test never started"
        time.sleep(0.05)
    os.kill(process.pid, number)
    assert process.wait(timeout=SECONDS) == code
    assert not (folder / "trace").exists()

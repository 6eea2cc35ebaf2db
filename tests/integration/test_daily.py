"""Shells in sandboxes and jobs of their own on another host: what a person types, sees, and leaves behind."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.integration.agents import agent
from tests.integration.apply import apply_well
from tests.integration.checked import checked
from tests.integration.terminal import GPUFLEET, terminal
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SANDBOX = "python_sandbox"
JOBS = "docker ps -aq --filter label=gpufleet.job"
FOREVER = ("sh", "-c", "echo up; exec sleep 1000")
SECONDS = 120
ASK_THE_AGENT = (
    "import os,socket; s=socket.socket(socket.AF_UNIX); s.connect(os.environ['SSH_AUTH_SOCK']); "
    "s.sendall(bytes([0,0,0,1,11])); print(s.recv(9999)[9:])"
)
"""SSH_AGENTC_REQUEST_IDENTITIES; the answer holds each key's comment."""


@pytest.fixture(scope="module")
def host(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host on which deploy.py was applied; the user who connects needs sudo for Docker."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def inventory(lab: Lab, host: LabHost) -> str:
    """With that host alone, and a secret for its sandbox."""
    host.ssh("mkdir -p /home/ops/dataset && echo rows > /home/ops/dataset/x")
    declared = {SANDBOX: {"environment": {"TOKEN": "hunter2"}, "mounts": ["~/dataset:/dataset:ro"], "shm_size": "64m"}}
    settings = {"sandbox_containers": declared}
    apply_well(lab, host, **settings)
    return str(lab.inventory([host], **settings))


def gpufleet(*arguments: str, stdin: str = "", environment: dict[str, str] | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [GPUFLEET, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        timeout=300,
        env={**os.environ, **(environment or {})},
    )
    return done.returncode, done.stdout, done.stderr


def begun(*arguments: str) -> subprocess.Popen[str]:
    """A job that has printed `up` and goes on."""
    job = subprocess.Popen(
        [GPUFLEET, "run", *arguments, "--", *FOREVER],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )
    assert job.stdout
    assert job.stdout.readline() == "up\n"
    return job


def soon(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def inside(host: LabHost) -> str:
    """The programs that run in the sandbox."""
    return host.ssh(f"docker top {SANDBOX} -o pid,args").stdout


def test_a_shell_is_a_real_terminal(inventory: str, host: LabHost) -> None:
    with terminal("shell", "--inventory", inventory, rows=33, columns=101) as person:
        person.shows("$ ")
        soon(lambda: person.asks("stty size") == "33 101")  # Docker tells it the size once the shell runs
        assert person.asks("id -u; pwd; echo $TERM") == "1000\n/app\nxterm-256color"
        person.resize(20, 70)
        soon(lambda: person.asks("stty size") == "20 70")
        person.types("sleep 1000\n")
        soon(lambda: "sleep 1000" in inside(host))
        person.types("\x03")
        person.shows("^C")
        person.shows("$ ")
        assert person.asks("echo again") == "again"
        person.shows("$ ")
        person.types("\x10")  # Ctrl-P, which Docker would keep back
        person.shows("echo again")
        person.types("\x15exit 7\n")
        assert person.ends() == 7


def test_commands_go_into_a_shell_through_a_pipe(inventory: str, host: LabHost) -> None:
    assert gpufleet("shell", "--inventory", inventory, stdin="id -u; exit 5\n") == (5, "1000\n", "")
    assert gpufleet("shell", host.name, SANDBOX, "--root", "--inventory", inventory, stdin="id -u")[:2] == (0, "0\n")


def test_a_window_that_is_closed_leaves_nothing_running_in_the_sandbox(inventory: str, host: LabHost) -> None:
    with terminal("shell", "--inventory", inventory) as person:
        person.shows("$ ")
        person.types("sleep 1001 &\n")
        soon(lambda: "sleep 1001" in inside(host))
        os.kill(person.process, signal.SIGKILL)
    soon(lambda: not {"bash", "1001"} & set(inside(host).split()))


def test_a_sandbox_that_does_not_run_is_told_with_the_way_out(inventory: str, host: LabHost) -> None:
    host.ssh(f"docker stop {SANDBOX}")
    code, _, said = gpufleet("shell", "--inventory", inventory)
    assert code == 125
    assert f"sandbox {SANDBOX} is stopped (exited): `gpufleet apply --inventory {inventory}" in said
    host.ssh(f"docker rename {SANDBOX} other")
    assert "declared, and not there" in gpufleet("shell", "--inventory", inventory)[2]
    host.ssh(f"docker rename other {SANDBOX} && docker start {SANDBOX}")
    assert "no sandbox py is declared" in gpufleet("shell", host.name, "py", "--inventory", inventory)[2]


def test_a_job_has_what_is_declared_and_its_exit_code_is_passed_on(inventory: str, host: LabHost) -> None:
    command = "cat; cat /dataset/x; id -u; pwd; nvidia-smi -L; df -k /dev/shm | tail -n 1; echo $TOKEN $EPOCHS; exit 9"
    code, said, errors = gpufleet(
        "run", "--inventory", inventory, "--env", "EPOCHS=3", "--", "sh", "-c", command, stdin="from here\n"
    )
    assert (code, errors) == (9, "")
    lines = said.splitlines()
    assert lines[:4] == ["from here", "rows", "1000", "/app"]
    assert "NVIDIA Simulated GPU" in lines[4]
    assert lines[5].split()[1] == str(64 << 10)
    assert lines[6] == "hunter2 3"
    assert host.ssh(f"ls -A /dev/shm; {JOBS}").stdout == ""


def test_jobs_run_side_by_side_and_are_no_drift(inventory: str, host: LabHost) -> None:
    jobs = [begun("--inventory", inventory), begun("--inventory", inventory, "--gpus", "none")]
    try:
        assert len(host.ssh(JOBS).stdout.split()) == 2
        assert "hunter2" not in host.ssh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout
        during = checked(Path(inventory))
        assert (during.status, during.findings) == (0, frozenset()), during.words
    finally:
        for job in jobs:
            job.terminate()
            job.communicate()
    soon(lambda: host.ssh(JOBS).stdout == "")
    after = checked(Path(inventory))
    assert (after.status, after.findings) == (0, frozenset()), after.words


def test_ctrl_c_stops_a_job_and_its_container_is_gone(inventory: str, host: LabHost) -> None:
    python = "import time\ntry: print('up'); time.sleep(1000)\nexcept KeyboardInterrupt: raise SystemExit(42)"
    with terminal("run", "--inventory", inventory, "--", "python", "-c", python) as person:
        person.shows("up\r\n")
        person.types("\x03")
        assert person.ends() == 42
    assert host.ssh(JOBS).stdout == ""


def test_a_job_ends_with_its_connection(inventory: str, host: LabHost) -> None:
    job = begun("--inventory", inventory)
    job.kill()
    job.communicate()
    soon(lambda: host.ssh(JOBS).stdout == "")


def test_an_agent_is_lent_for_the_time_of_a_shell(inventory: str, host: LabHost, tmp_path: Path) -> None:
    with agent(tmp_path, "a key of mine") as own:
        ask = f'stat -c "%a %U" $SSH_AUTH_SOCK; python -c "{ASK_THE_AGENT}"'
        code, answer, errors = gpufleet("shell", "--agent", "--inventory", inventory, stdin=ask, environment=own)
    assert code == 0, errors
    assert answer.splitlines()[0] == "600 sandbox"
    assert "a key of mine" in answer
    soon(lambda: host.ssh(f"ls -A /home/ops/{SANDBOX}").stdout == "")


def test_who_may_not_use_docker_is_told_how_to(lab: Lab, inventory: str, host: LabHost) -> None:
    forbidden = str(lab.inventory([host], ansible_become=False))
    code, _, said = gpufleet("shell", "--inventory", forbidden)
    assert code == 125
    assert "ops may not use Docker here, and the inventory names no sudo: have ops in docker_engine_users" in said
    host.ssh("gpasswd -a ops docker")
    try:
        assert gpufleet("shell", "--inventory", forbidden, stdin="id -u") == (0, "1000\n", "")
        assert gpufleet("run", "--inventory", forbidden, "--shm-size", "64m", "--", "id", "-u") == (0, "1000\n", "")
    finally:
        host.ssh("gpasswd -d ops docker")
    assert gpufleet("shell", "--inventory", inventory, stdin="id -u")[0] == 0


def test_the_example_with_several_images_runs(lab: Lab, host: LabHost, inventory: str) -> None:
    assert inventory
    page = (CHECKOUT / "docs" / "image.md").read_text(encoding="utf-8").partition("## Several images on one host")[2]
    settings = yaml.safe_load(dedent(page[page.index("    cuda_image_more:") : page.index("    gpufleet run")]))
    typed = next(line for line in page.splitlines() if line.startswith("    gpufleet run --image"))
    settings["cuda_image_more"]["pytorch"] = {}  # that base is not to be had here, nor is a second GPU
    settings["sandbox_containers"]["training"] |= {
        "gpus": ["0"],
        "shm_size": "64m",
        "environment": {"LIKE": "training"},
    }
    program = "import os; print(os.getcwd(), os.environ['LIKE'])"
    host.ssh("mkdir -p /home/ops/training && cat >/home/ops/training/train.py", stdin=program)
    given, command = shlex.split(typed, comments=True)[1:], ["--", "python", "train.py"]
    assert given[-3:] == command
    several = [*given[:-3], "--inventory", str(lab.inventory([host], **settings))]
    assert gpufleet(*several, *command) == (0, "/app training\n", "")
    code, _, said = gpufleet("run", *several[3:], *command)
    asked = "which sandbox is the job to be like? Add `--sandbox notebook` or `--sandbox code` or `--sandbox training`"
    assert (code, said) == (125, f"gpufleet: {host.name}: {asked} behind `gpufleet run`\n")


@pytest.mark.slow
def test_an_image_is_built_and_nothing_else_is_applied(lab: Lab, host: LabHost, inventory: str) -> None:
    assert inventory
    before = host.ssh(f"docker inspect -f '{{{{.Id}}}} {{{{.State.StartedAt}}}}' {SANDBOX}").stdout
    images = host.ssh("docker images -q gpufleet/cuda | wc -l").stdout
    other = str(lab.inventory([host], cuda_image_apt_packages=["less"]))
    code, said, _ = gpufleet("run", "--inventory", other, "--", "less", "--version")
    assert code == 125
    code, said, errors = gpufleet("build", host.name, "--inventory", other)
    assert code == 0, said + errors
    assert int(host.ssh("docker images -q gpufleet/cuda | wc -l").stdout) == int(images) + 1
    assert host.ssh(f"docker inspect -f '{{{{.Id}}}} {{{{.State.StartedAt}}}}' {SANDBOX}").stdout == before
    assert gpufleet("run", "--inventory", other, "--", "less", "--version")[0] == 0

"""Shells and jobs on this very machine, with the lab's own Docker as the one that it has."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.integration.agents import agent
from tests.integration.terminal import GPUFLEET, Terminal, terminal
from tests.lab.kinds import ensure_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SECONDS = 120
AS_ITS_OWN = (
    "mount -t tmpfs none /run && touch /run/docker.sock && mount --bind {socket} /run/docker.sock && exec {words}"
)
"""In a mount namespace of its own, where nobody else sees it."""


@pytest.fixture(scope="module")
def image(lab: Lab) -> str:
    """Of a bare Debian 13."""
    return ensure_image(lab.engine, "trixie")


@pytest.fixture
def sandbox(lab: Lab, image: str) -> Iterator[str]:
    """Name of a sandbox as the role makes one."""
    name = f"daily-{os.getpid()}"
    with TemporaryDirectory() as workspace:  # with a short name, as of a socket in it
        os.chown(workspace, 1234, 1234)
        container = lab.engine.client.containers.run(
            image,
            ["sleep", "3600"],
            name=name,
            labels={"gpufleet.sandbox": name},
            init=True,
            user="1234:1234",
            volumes={workspace: {"bind": "/app"}},
            detach=True,
        )
        yield name
        container.remove(force=True)


@pytest.fixture
def inventory(lab: Lab, sandbox: str, tmp_path: Path) -> str:
    """Of this machine, with that sandbox."""
    (mount,) = lab.engine.client.containers.get(sandbox).attrs["Mounts"]
    return declared(tmp_path, sandbox_containers={sandbox: {"workspace": mount["Source"]}})


def declared(folder: Path, **settings: object) -> str:
    """An inventory of this machine."""
    file = folder / "inventory.py"
    file.write_text(f"here = (['@local'], {settings!r})\n")
    return str(file)


def words_here(lab: Lab, *words: str) -> list[str]:
    """Those that run it on a machine that has a Docker."""
    script = AS_ITS_OWN.format(socket=lab.engine.instance.socket, words=shlex.join([GPUFLEET, *words]))
    return ["unshare", "--mount", "sh", "-c", script]


def started(lab: Lab, folder: Path, *words: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Begin it in a folder."""
    return subprocess.Popen(
        words_here(lab, *words),
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )


def gpufleet(
    lab: Lab, folder: Path, *words: str, stdin: str = "", environment: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Run it to its end."""
    with started(lab, folder, *words, environment=environment) as process:
        said, errors = process.communicate(stdin)
    return process.returncode, said, errors


def jobs(lab: Lab, folder: Path) -> list[object]:
    """Containers of jobs in a folder of this machine; one may go away while they are listed."""
    found = lab.engine.client.containers.list(all=True, sparse=True, filters={"label": "gpufleet.job"})
    return [job for job in found if any(Path(each["Source"]).is_relative_to(folder) for each in job.attrs["Mounts"])]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 42), (signal.SIGTERM, 43), (signal.SIGKILL, -9)])
def test_a_signal_reaches_the_job_and_its_container_is_gone(
    lab: Lab, image: str, tmp_path: Path, number: int, code: int
) -> None:
    traps = "trap 'exit 42' INT; trap 'exit 43' TERM; echo up; while :; do sleep 0.1; done"
    job = ["run", "--image", image, "--gpus", "none", "--shm-size", "64m", "--", "sh", "-c", traps]
    with started(lab, tmp_path, *job) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        assert jobs(lab, tmp_path)
        process.send_signal(number)
        assert process.wait(SECONDS) == code
    deadline = time.monotonic() + SECONDS
    while jobs(lab, tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_job_works_in_the_current_directory(lab: Lab, image: str, tmp_path: Path) -> None:
    (tmp_path / "it's here").mkdir()
    folder = tmp_path / "it's here"
    (folder / "data").write_text("rows\n")
    job = ["run", "--image", image, "--gpus", "none", "--root", "--shm-size", "64m", "--mount", "data:/dataset/x:ro"]
    code, said, errors = gpufleet(
        lab, folder, *job, "--", "sh", "-c", "cat > out; cat out /dataset/x; pwd; exit 6", stdin="typed\n"
    )
    assert (code, said, errors) == (6, "typed\nrows\n/app\n", "")
    assert (folder / "out").read_text() == "typed\n"
    assert not jobs(lab, tmp_path)


def test_a_shell_opens_in_the_sandbox_and_says_who_one_is(
    lab: Lab, sandbox: str, inventory: str, tmp_path: Path
) -> None:
    shell = ["shell", "--inventory", inventory]
    assert gpufleet(lab, tmp_path, *shell, stdin="id -u; pwd; exit 3") == (3, "1234\n/app\n", "")
    assert gpufleet(lab, tmp_path, *shell, sandbox, "--root", stdin="id -u") == (0, "0\n", "")


def test_a_shell_is_a_real_terminal(lab: Lab, inventory: str) -> None:
    program, *words = words_here(lab, "shell", "--inventory", inventory)
    with terminal(*words, program=program, rows=33, columns=101) as person:
        person.shows("$ ")
        gets_size(person, "33 101")
        assert person.asks("id -u; pwd; echo $TERM") == "1234\n/app\nxterm-256color"
        person.resize(20, 70)
        gets_size(person, "20 70")
        person.types("exit 7\n")
        assert person.ends() == 7


def gets_size(person: Terminal, size: str) -> None:
    """Docker tells a container the size of its terminal once it runs: what runs first in it may still see 0 0."""
    deadline = time.monotonic() + SECONDS
    while person.asks("stty size") != size:
        assert time.monotonic() < deadline


def test_a_job_is_at_a_real_terminal_and_ctrl_c_reaches_it(lab: Lab, image: str, tmp_path: Path) -> None:
    sized = "until [ \"$(stty size)\" = '33 101' ]; do sleep 0.1; done"
    traps = f"trap 'exit 42' INT; {sized}; echo up; while :; do sleep 0.1; done"
    job = ["run", "--image", image, "--gpus", "none", "--shm-size", "64m", "--", "sh", "-c", traps]
    program, *words = words_here(lab, *job)
    with terminal(*words, program=program, folder=tmp_path, rows=33, columns=101) as person:
        person.shows("up\r\n")
        person.types("\x03")
        assert person.ends() == 42
    assert not jobs(lab, tmp_path)


def test_an_agent_is_lent_for_the_time_of_a_shell(lab: Lab, sandbox: str, inventory: str, tmp_path: Path) -> None:
    ask = 'stat -c "%a %u" $SSH_AUTH_SOCK; ssh-add -l'
    with agent(tmp_path, "a key of mine") as own:
        code, said, errors = gpufleet(
            lab, tmp_path, "shell", "--agent", "--inventory", inventory, stdin=ask, environment=own
        )
    assert (code, errors) == (0, "")
    assert said.startswith("600 1234\n")
    assert "a key of mine" in said
    deadline = time.monotonic() + SECONDS
    while lab.engine.client.containers.get(sandbox).exec_run("ls -A /app").output:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture
def declared_image(lab: Lab, gpu_converged: LabHost) -> Iterator[str]:
    """The image that a host of the lab was given, on this machine."""
    name = gpu_converged.ssh("docker images --format '{{.Repository}}:{{.Tag}}' gpufleet/cuda").stdout.strip()
    ssh = [*gpu_converged.ssh_command(), f"docker save {name}"]
    with subprocess.Popen(ssh, stdout=subprocess.PIPE) as saved:
        load = ["docker", "-H", f"unix://{lab.engine.instance.socket}", "load"]
        subprocess.run(load, stdin=saved.stdout, check=True, capture_output=True)
    yield name
    lab.engine.client.images.remove(name, force=True)


@pytest.mark.slow
def test_a_job_has_what_is_declared(lab: Lab, declared_image: str, tmp_path: Path) -> None:
    for folder in (dataset := tmp_path / "dataset", work := tmp_path / "work"):
        folder.mkdir(mode=0o755)
    (dataset / "x").write_text("rows\n")
    of_sandbox = {"mounts": [f"{dataset}:/dataset:ro"], "environment": {"TOKEN": "hunter2"}, "shm_size": "64m"}
    cuda = int(declared_image.rpartition(":")[2].partition("-")[0])
    settings = {"platform_gpu": "none", "cuda_image_cuda": cuda, "sandbox_containers": {"training": of_sandbox}}
    command = "cat /dataset/x; id -u; pwd; echo $TOKEN; python -c 'import numba.cuda; print(numba.cuda.__name__)'; ls"
    (work / "mine").touch()
    job = ["run", "--inventory", declared(tmp_path, **settings), "--", "sh", "-c", command]
    assert gpufleet(lab, work, *job) == (0, "rows\n1000\n/app\nhunter2\nnumba.cuda\nmine\n", "")
    assert not jobs(lab, tmp_path)

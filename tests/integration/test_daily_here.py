"""Shells and jobs on this very machine, with the lab's own Docker as the one that it has."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab.kinds import ensure_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.lab import Lab

GPUFLEET = str(Path(sys.executable).with_name("gpufleet"))
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
def sandbox(lab: Lab, image: str, tmp_path: Path) -> Iterator[str]:
    """Name of a sandbox as the role makes one, and of its workspace's folder."""
    name = f"daily-{os.getpid()}"
    (tmp_path / name).mkdir()
    container = lab.engine.client.containers.run(
        image,
        ["sleep", "3600"],
        name=name,
        labels={"gpufleet.sandbox": name},
        init=True,
        user="1234:1234",
        volumes={str(tmp_path / name): {"bind": "/app"}},
        detach=True,
    )
    yield name
    container.remove(force=True)


def started(lab: Lab, folder: Path, *words: str) -> subprocess.Popen[str]:
    """Begin it in a folder, on a machine that has a Docker."""
    script = AS_ITS_OWN.format(socket=lab.engine.instance.socket, words=shlex.join([GPUFLEET, *words]))
    return subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )


def gpufleet(lab: Lab, folder: Path, *words: str, stdin: str = "") -> tuple[int, str, str]:
    """Run it to its end."""
    with started(lab, folder, *words) as process:
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


def test_a_shell_opens_in_the_sandbox_and_says_who_one_is(lab: Lab, sandbox: str, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.py"
    settings = {"sandbox_containers": {sandbox: {"workspace": str(tmp_path / sandbox)}}}
    inventory.write_text(f"here = (['@local'], {settings!r})\n")
    shell = ["shell", "--inventory", str(inventory)]
    assert gpufleet(lab, tmp_path, *shell, stdin="id -u; pwd; exit 3") == (3, "1234\n/app\n", "")
    assert gpufleet(lab, tmp_path, *shell, sandbox, "--root", stdin="id -u") == (0, "0\n", "")

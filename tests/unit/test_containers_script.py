"""The script that reads containers, with a `docker` that answers, is silent, or knows of nothing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gpufleet.containers.reading import containers
from gpufleet.containers.state import Containers
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script
from gpufleet.finding import Finding
from gpufleet.operations.unanswered import unanswered

if TYPE_CHECKING:
    from pathlib import Path

RAW: dict[str, object] = {
    "Id": "c1",
    "Name": "/py",
    "Image": "sha256:1",
    "Created": "2026-01-01T00:00:00.123456789Z",
    "State": {"Status": "exited", "StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z"},
    "Mounts": [],
    "HostConfig": {"Runtime": "nvidia"},
    "ExecIDs": None,
    "Config": {"Image": "x", "User": "", "Labels": {}, "Entrypoint": None, "Cmd": ["sh"], "Tty": True},
}
ANSWERS = {
    "ps": "echo 'c1|py,other/py|'; echo 'c2|quiet|'",
    "container": f"printf '%s\\n' '{json.dumps(RAW, separators=(',', ':'))}' ' TOKEN=hunter2' "
    "' NVIDIA_VISIBLE_DEVICES=all' ' A=b c' ' B=' '{\"Id\": 2}' ''",
    "image": """echo '{"Id": "sha256:1", "Config": {"User": "app"}}'""",
}


def read(folder: Path, **changed: str) -> Containers | Unreadable:
    """What is read where `docker` does this for each of its commands."""
    cases = "".join(f"{verb}) {does} ;;\n" for verb, does in {**ANSWERS, **changed}.items())
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\nshift 2\ncase $1 in\n{cases}esac\n")
    program.chmod(0o755)
    given = "seconds=1 names=py references=x:1 variables=TOKEN\n"
    functions = "dockerd_pid() { echo 1; }\ndockerd_paused() { :; }\n"
    done = subprocess.run(
        ["sh", "-c", f"{given}{functions}{script('ask.sh')}{script('containers.sh')}"],
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hunter2" not in done.stdout
    return containers(done.stdout.splitlines())


def test_a_container_its_variables_and_its_image_are_read(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert isinstance(found, Containers)
    one = found.containers["py"]
    assert one.container.gpus[0].devices == ("all",)
    assert one.digests == {"TOKEN": hashlib.sha256(b"TOKEN=hunter2").hexdigest()}
    assert one.created_at == datetime(2026, 1, 1, 0, 0, 0, 123456, UTC).timestamp()
    assert one.finished_at is None
    assert found.images["x:1"].user == "app"


@pytest.mark.parametrize(
    ("verb", "does"),
    [
        ("ps", "exit 1"),
        ("container", "sleep 9"),
        ("container", "exit 1"),
        ("image", "sleep 9"),
        ("image", "echo 'Error response from daemon: context deadline exceeded' >&2; exit 1"),
    ],
)
def test_a_question_without_an_answer_is_never_taken_for_absence(tmp_path: Path, verb: str, does: str) -> None:
    found = read(tmp_path, **{verb: does})
    assert isinstance(found, Unreadable)
    assert ("within 1 s" if "sleep" in does else "does not answer") in found.why


def test_what_the_daemon_does_not_know_is_absent(tmp_path: Path) -> None:
    gone = "echo 'Error response from daemon: No such thing: x' >&2; exit 1"
    found = read(tmp_path, container=gone, image=gone)
    assert isinstance(found, Containers)
    assert (found.containers, found.images) == ({}, {})


def read_without(folder: Path, *programs: str) -> Containers | Unreadable:
    """What is read where these programs are missing, and this folder stands for the host's own."""
    missing = "|".join(programs)
    given = f"command() {{ case $2 in {missing}) return 1 ;; esac; }}\n"
    text = script("ask.sh") + script("containers.sh").replace("/var/lib", str(folder))
    done = subprocess.run(["sh", "-c", given + text], capture_output=True, text=True, check=True)
    return containers(done.stdout.splitlines())


def test_a_docker_that_went_is_told_from_one_that_never_was_there(tmp_path: Path) -> None:
    assert read_without(tmp_path, "docker", "dockerd") == Containers(docker=False)
    (tmp_path / "gpufleet").mkdir()
    (tmp_path / "gpufleet/stamp.json").touch()
    assert read_without(tmp_path, "docker", "dockerd") == Unreadable("Docker is no longer installed", stopped=True)


def test_a_docker_without_its_command_tells_the_package_of_that(tmp_path: Path) -> None:
    found = read_without(tmp_path, "docker")
    assert isinstance(found, Unreadable)
    assert (found.missing, found.stopped) == ("docker-cli", False)
    (tmp_path / "dpkg/info").mkdir(parents=True)
    (tmp_path / "dpkg/info/docker-ce.list").touch()
    ours = read_without(tmp_path, "docker")
    assert isinstance(ours, Unreadable)
    assert ours.missing == "docker-ce-cli"
    (refusal, _) = unanswered("container py", ours)
    assert isinstance(refusal, Finding)
    assert refusal.difference.waits_for == "docker-ce-cli"

"""Sandboxes on a real host: made, left alone, replaced with care, and never lost on the way."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.integration.sandboxes import IMAGE, Sandboxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

RUN = "Have py run as declared"
WORKSPACE = "Have the workspace of py"
STAMP = "Remember what was declared"
TERMINATED = 128 + signal.SIGTERM
OTHERS = "Look for sandboxes that are not declared"


@pytest.fixture(scope="module")
def host(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """One host for all tests here, with Docker and the image; each test says what it is given."""
    host = lab.host(from_snapshot=converged_snapshot)
    host.ssh(f"docker pull -q {IMAGE} && docker tag {IMAGE} other:1")
    yield host
    host.destroy()


@pytest.fixture
def sandboxes(lab: Lab, host: LabHost) -> Sandboxes:
    """Without any container."""
    found = Sandboxes(lab, host)
    found.clear()
    return found


def test_a_sandbox_is_made_once_and_then_left_alone(sandboxes: Sandboxes) -> None:
    sandboxes.host.ssh("rm -rf /home/ops/py /home/ops/data; mkdir /home/ops/data; echo 1 > /home/ops/data/x")
    declared = {
        "py": {
            "mounts": ["~/data:/data:ro"],
            "environment": {"TOKEN": "hunter2, 'x' \"y\" $z", "THREADS": 8},
            "ports": ["127.0.0.1:8123:8123"],
            "user": "1234:1234",
            "shm_size": "16g",
            "workspace": "~/deep/er/py",
        }
    }
    applied = sandboxes.apply(declared)
    assert applied.code == 0, applied.output
    assert WORKSPACE in applied.changed
    assert RUN in applied.changed
    assert "hunter2" not in applied.output
    before = sandboxes.identity("py")
    assert sandboxes.apply_well(declared) == []
    assert sandboxes.identity("py") == before
    inside = sandboxes.docker(
        "exec", "py", "sh", "-c", "'id -u; cat /data/x; df -k /dev/shm | tail -n 1; echo made >/app/file; echo $TOKEN'"
    )
    assert inside.splitlines()[:2] == ["1234", "1"]
    assert inside.splitlines()[2].split()[1] == str(16 << 20)
    assert inside.splitlines()[3] == "hunter2, 'x' \"y\" $z"
    assert sandboxes.host.ssh("stat -c %u:%g /home/ops/deep/er/py/file /home/ops/deep").stdout == "1234:1234\n" * 2
    assert sandboxes.docker("exec", "py", "sh", "-c", "'echo x > /data/x'", check=False) == ""
    assert sandboxes.host.ssh("cat /home/ops/data/x").stdout == "1\n"


def test_it_stops_at_once_reaps_and_is_started_again(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}})
    sandboxes.docker("exec", "py", "sh", "-c", "'(sleep 0.1 & exec true)'")
    time.sleep(0.5)
    assert "defunct" not in sandboxes.docker("top", "py")
    sandboxes.docker("stop", "-t", "60", "py")
    state = sandboxes.inspect("py")["State"]
    assert state["ExitCode"] == TERMINATED, f"{state}: it did not hear SIGTERM, and was killed"
    assert sandboxes.apply_well({"py": {}}) == [RUN, STAMP]
    assert sandboxes.identity("py")[2] == "running"


def test_another_declaration_makes_it_anew_and_the_workspace_stays(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}})
    sandboxes.host.ssh("echo mine > /home/ops/py/work; docker exec py sh -c 'head -c 3000000 /dev/zero > /root/big'")
    old = sandboxes.identity("py")
    applied = sandboxes.apply({"py": {"shm_size": "128m"}})
    assert applied.code == 0, applied.output
    assert "container py: shm size: expected 128m, found 64m" in applied.words
    assert "what it wrote outside its mounts goes (1 files and folders, 3.0 MB); mounts stay" in applied.words
    assert sandboxes.identity("py")[0] != old[0]
    assert sandboxes.docker("exec", "py", "cat", "/app/work") == "mine"
    assert sandboxes.names() == ["py"]


@pytest.mark.parametrize(
    "use",
    [
        "docker exec py sh -c 'sleep 600 >/dev/null 2>&1 </dev/null &'",
        pytest.param("docker exec -d py sleep 600", marks=pytest.mark.slow),
    ],
    ids=["left in the background", "exec"],
)
def test_one_in_use_is_reported_and_not_touched(sandboxes: Sandboxes, use: str) -> None:
    sandboxes.apply_well({"py": {}})
    sandboxes.host.ssh(use)
    before = sandboxes.identity("py")
    applied = sandboxes.apply({"py": {"shm_size": "128m"}})
    assert applied.code == 0, applied.output
    assert "it is in use (" in applied.words
    assert "processes: sleep" in applied.words
    assert "`docker stop py`, then apply again" in applied.words
    assert sandboxes.identity("py") == before
    sandboxes.docker("stop", "py")
    sandboxes.apply_well({"py": {"shm_size": "128m"}})
    assert sandboxes.identity("py")[0] != before[0]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"command": ["sh", "-c", "echo no such thing; exit 7"]}, "no such thing"),
        pytest.param({"ports": ["22:22"]}, "address already in use", marks=pytest.mark.slow),
        pytest.param({"image": "no.such.registry.example/image"}, "no.such.registry", marks=pytest.mark.slow),
        pytest.param({"user": "nobody-here"}, "unable to find user nobody-here", marks=pytest.mark.slow),
    ],
    ids=["ends", "does not start", "no image", "no such user"],
)
def test_when_the_new_one_does_not_run_the_old_one_is_back(
    sandboxes: Sandboxes, change: dict[str, object], why: str
) -> None:
    sandboxes.apply_well({"py": {}})
    sandboxes.docker("exec", "py", "touch", "/root/kept")
    old = sandboxes.identity("py")[0]
    applied = sandboxes.apply({"py": change})
    assert applied.code == 1
    assert why in applied.words
    assert sandboxes.names() == ["py"]
    assert sandboxes.identity("py")[0] == old
    assert sandboxes.identity("py")[2] == "running"
    sandboxes.docker("exec", "py", "ls", "/root/kept")


def test_a_new_sandbox_that_does_not_run_leaves_nothing(sandboxes: Sandboxes) -> None:
    applied = sandboxes.apply({"py": {"command": ["sh", "-c", "exit 7"]}})
    assert applied.code == 1
    assert "exit code 7" in applied.words
    assert sandboxes.names() == []


@pytest.mark.parametrize(
    "cut_off",
    [
        pytest.param("docker rename py py.previous", marks=pytest.mark.slow),
        pytest.param("docker rename py py.previous; docker stop py.previous", marks=pytest.mark.slow),
        "docker rename py py.previous; docker create -l gpufleet.sandbox=py --name py other:1; docker stop py.previous",
    ],
    ids=["renamed", "stopped", "made"],
)
def test_a_run_that_was_killed_is_mended_and_the_old_one_kept(sandboxes: Sandboxes, cut_off: str) -> None:
    sandboxes.apply_well({"py": {}})
    sandboxes.docker("exec", "py", "touch", "/root/kept")
    old = sandboxes.identity("py")[0]
    sandboxes.host.ssh(cut_off)
    applied = sandboxes.apply({"py": {}})
    assert applied.code == 0, applied.output
    assert "a run that replaced it was cut off" in applied.words
    assert sandboxes.names() == ["py"]
    assert sandboxes.identity("py")[0] == old
    sandboxes.docker("exec", "py", "ls", "/root/kept")
    assert sandboxes.apply_well({"py": {}}) == []


@pytest.mark.slow
def test_a_run_that_was_killed_at_the_end_keeps_the_new_one(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}})
    new = sandboxes.identity("py")
    sandboxes.docker("create", "-l", "gpufleet.sandbox=py", "--name", "py.previous", "other:1")
    sandboxes.apply_well({"py": {}})
    assert sandboxes.names() == ["py"]
    assert sandboxes.identity("py") == new


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ("--shm-size 32m -v /home/ops/py:/app", "shm size: expected 64m, found 32m"),
        pytest.param(
            "--shm-size 64m -v /srv:/app",
            "mounts: expected /home/ops/py:/app, found /srv:/app",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_one_made_anew_by_hand_is_seen(sandboxes: Sandboxes, options: str, seen: str) -> None:
    sandboxes.apply_well({"py": {}})
    label = sandboxes.inspect("py")["Config"]["Labels"]["gpufleet.declaration"]
    common = "--name py --init -t --restart unless-stopped --entrypoint sleep"
    labels = f"-l gpufleet.sandbox=py -l gpufleet.declaration={label}"
    sandboxes.host.ssh(f"docker rm -f py; docker run -d {common} {labels} {options} {IMAGE} infinity")
    applied = sandboxes.apply({"py": {}})
    assert applied.code == 0, applied.output
    assert f"container py: {seen}" in applied.words
    assert sandboxes.apply_well({"py": {}}) == []


def test_somebody_elses_container_is_refused_unless_it_is_just_the_same(sandboxes: Sandboxes) -> None:
    sandboxes.docker("run", "-d", "--name", "py", "-v", "/srv:/app", IMAGE, "sleep", "infinity")
    before = sandboxes.identity("py")
    applied = sandboxes.apply({"py": {}})
    assert applied.code == 1
    assert "one that somebody else made: mounts /srv:/app instead of /home/ops/py:/app" in applied.words
    assert sandboxes.identity("py") == before
    same = "--init -t --restart unless-stopped --shm-size 64m -v /home/ops/py:/app --entrypoint sleep"
    sandboxes.host.ssh(f"docker rm -f py; docker run -d --name py {same} {IMAGE} infinity")
    before = sandboxes.identity("py")
    assert RUN not in sandboxes.apply_well({"py": {}})
    assert sandboxes.identity("py") == before


def test_an_undeclared_sandbox_is_reported_and_removed_on_consent_once_idle(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}, "old": {}})
    sandboxes.docker("run", "-d", "--name", "mine", IMAGE, "sleep", "infinity")
    reported = sandboxes.apply({"py": {}})
    assert "sandbox old: expected declared, or absent, found running" in reported.words
    assert "sandbox_remove_undeclared: true" in reported.words
    assert sandboxes.names() == ["mine", "old", "py"]
    sandboxes.docker("exec", "-d", "old", "sleep", "600")
    sandboxes.apply_well({"py": {}}, sandbox_remove_undeclared=True)
    assert sandboxes.names() == ["mine", "old", "py"]
    sandboxes.docker("restart", "old")
    assert sandboxes.apply_well({"py": {}}, sandbox_remove_undeclared=True) == [OTHERS, STAMP]
    assert sandboxes.names() == ["mine", "py"]
    sandboxes.host.ssh("ls -d /home/ops/old")


def test_what_cannot_be_mounted_is_refused_before_anything_changes(sandboxes: Sandboxes) -> None:
    applied = sandboxes.apply({"py": {"mounts": ["~/dataset:/dataset"]}})
    assert applied.code == 1
    assert "/home/ops/dataset: nothing" in applied.words
    assert sandboxes.names() == []
    assert sandboxes.host.ssh("ls /home/ops/dataset", check=False).returncode


def test_a_workspace_that_docker_made_is_given_to_the_user_and_no_other(sandboxes: Sandboxes) -> None:
    sandboxes.host.ssh(
        "rm -rf /home/ops/py; mkdir /home/ops/py; touch /home/ops/py/roots; rm -rf /srv/ws; mkdir /srv/ws; "
        "ln -sfn /srv/ws /home/ops/link"
    )
    assert WORKSPACE in sandboxes.apply_well({"py": {}})
    owners = "stat -c %U /home/ops/py /home/ops/py/roots /srv/ws"
    assert sandboxes.host.ssh(owners).stdout.split() == ["ops", "root", "root"]
    applied = sandboxes.apply({"py": {"workspace": "~/link"}})
    assert applied.code == 0, applied.output
    assert "a folder of user 0's" in applied.words
    assert sandboxes.host.ssh(owners).stdout.split() == ["ops", "root", "root"]


@pytest.mark.slow
def test_a_daemon_that_does_not_run_is_never_taken_for_an_empty_one(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}})
    sandboxes.host.ssh("systemctl stop docker.socket docker")
    try:
        applied = sandboxes.apply({"py": {}})
        assert applied.code == 1
        assert "dockerd does not run" in applied.words
    finally:
        sandboxes.host.ssh("systemctl start docker")


@pytest.mark.slow
def test_without_a_gpu_the_default_sandbox_steps_aside(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well()
    assert sandboxes.names() == []

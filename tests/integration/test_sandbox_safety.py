"""What must never be lost or missed when sandboxes are replaced: volumes, late guests, isolation, ports, folders."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.scripts import script
from tests.integration.sandboxes import IMAGE, Sandboxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

WITH_VOLUME = "volume:1"


@pytest.fixture(scope="module")
def host(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """One host for all tests here, with an image that has a VOLUME; each test says what it is given."""
    host = lab.host(from_snapshot=converged_snapshot)
    commit = f"docker create --name base {IMAGE} && docker commit -c 'VOLUME /data' base {WITH_VOLUME}"
    host.ssh(f"docker pull -q {IMAGE} && {commit}")
    yield host
    host.destroy()


@pytest.fixture
def sandboxes(lab: Lab, host: LabHost) -> Sandboxes:
    """Without any container."""
    found = Sandboxes(lab, host)
    found.clear()
    return found


def volumes(sandboxes: Sandboxes) -> list[str]:
    return sorted(sandboxes.docker("volume", "ls", "-q").split())


def test_what_lies_in_a_volume_of_the_image_goes_over_to_the_new_container(sandboxes: Sandboxes) -> None:
    sandboxes.docker("volume", "prune", "-af")
    sandboxes.apply_well({"py": {"image": WITH_VOLUME}})
    sandboxes.docker("exec", "py", "sh", "-c", "'echo work >/data/file'")
    there = volumes(sandboxes)
    applied = sandboxes.apply({"py": {"image": WITH_VOLUME, "shm_size": "128m"}})
    assert applied.code == 0, applied.output
    assert "its volumes go over to the new one (/data)" in applied.words
    assert sandboxes.docker("exec", "py", "cat", "/data/file") == "work"
    failed = sandboxes.apply({"py": {"image": WITH_VOLUME, "command": ["sh", "-c", "exit 7"]}})
    assert failed.code == 1
    assert sandboxes.docker("exec", "py", "cat", "/data/file") == "work"
    assert volumes(sandboxes) == there
    sandboxes.host.ssh("mkdir -p /srv/data")
    applied = sandboxes.apply({"py": {"image": WITH_VOLUME, "mounts": ["/srv/data:/data"]}})
    assert f"volumes that stay, in no container: {there[0]} of /data" in applied.words
    assert volumes(sandboxes) == there


@pytest.mark.slow
def test_a_new_sandbox_that_does_not_run_leaves_no_volume(sandboxes: Sandboxes) -> None:
    before = volumes(sandboxes)
    assert sandboxes.apply({"py": {"image": WITH_VOLUME, "command": ["sh", "-c", "exit 7"]}}).code == 1
    assert volumes(sandboxes) == before


@pytest.mark.parametrize("verb", ["remove", pytest.param("replace", marks=pytest.mark.slow)])
def test_what_came_after_a_sandbox_was_judged_idle_keeps_it(sandboxes: Sandboxes, verb: str) -> None:
    sandboxes.apply_well({"py": {}})
    judged = sandboxes.host.ssh("pgrep -f 'docker-init|sleep infinity'").stdout.split()
    sandboxes.docker("exec", "py", "sh", "-c", "'sleep 600 >/dev/null 2>&1 </dev/null &'")
    before = sandboxes.identity("py")
    words = ["sh", "-c", script("container.sh", "gpufleet.operations.scripts"), "sh", verb, "py", "2", " ".join(judged)]
    arguments = [f"--name=py --entrypoint=sleep {IMAGE} infinity"] if verb == "replace" else []
    done = sandboxes.host.ssh(f"{shlex.join(words)} {' '.join(arguments)}", check=False)
    assert done.returncode == 1
    assert "somebody has begun to use container py" in done.stderr
    assert sandboxes.identity("py") == before
    sandboxes.host.ssh("pkill -f '[s]leep 600'")
    assert sandboxes.host.ssh(f"{shlex.join(words)} {' '.join(arguments)}").stderr == ""


def test_one_made_by_hand_without_isolation_is_seen_and_never_taken_over(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}})
    label = sandboxes.inspect("py")["Config"]["Labels"]["gpufleet.declaration"]
    same = "--name py --init -t --restart unless-stopped --shm-size 64m -v /home/ops/py:/app --entrypoint sleep"
    free = "--privileged --network host --pid host"
    sandboxes.host.ssh(f"docker rm -f py; docker run -d {same} {free} {IMAGE} infinity")
    refused = sandboxes.apply({"py": {}})
    assert refused.code == 1
    assert (
        "somebody else made: isolation privileged; network host; pid host; security option label=dis" in refused.words
    )
    labels = f"-l gpufleet.sandbox=py -l gpufleet.declaration={label}"
    sandboxes.host.ssh(f"docker rm -f py; docker run -d {same} --cap-add SYS_ADMIN {labels} {IMAGE} infinity")
    applied = sandboxes.apply({"py": {}})
    assert applied.code == 0, applied.output
    assert "container py: isolation: expected Docker's own, found capability" in applied.words
    assert sandboxes.inspect("py")["HostConfig"]["CapAdd"] in (None, [])


@pytest.mark.slow
def test_a_renamed_sandbox_gets_the_port_of_the_old_one(sandboxes: Sandboxes) -> None:
    ports = {"ports": ["127.0.0.1:8124:80"]}
    sandboxes.apply_well({"old": ports})
    sandboxes.apply_well({"new": ports}, sandbox_remove_undeclared=True)
    assert sandboxes.names() == ["new"]


@pytest.mark.slow
def test_a_new_one_that_was_worked_in_is_counted_before_the_old_one_comes_back(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {}})
    old = sandboxes.identity("py")[0]
    labels = "-l gpufleet.sandbox=py"
    sandboxes.host.ssh(
        f"docker rename py py.previous; docker stop py.previous; docker run --name py {labels} {IMAGE} touch /x"
    )
    applied = sandboxes.apply({"py": {}})
    assert applied.code == 0, applied.output
    assert "the new one, which has run, goes: what it wrote outside its mounts goes (1 files" in applied.words
    assert sandboxes.identity("py")[0] == old
    assert sandboxes.names() == ["py"]


def test_what_is_somebody_elses_stays_so_when_root_connects(sandboxes: Sandboxes) -> None:
    host = sandboxes.host
    host.ssh("rm -rf /root/new /root/project /srv/other; mkdir /root/project; touch /root/project/mine")
    host.ssh("install -d -o 4321 -g 4321 /srv/other")
    by_root = Sandboxes(sandboxes.lab, replace(host, user="root"))
    applied = by_root.apply({"new": {}, "old": {"workspace": "~/project"}, "other": {"workspace": "/srv/other"}})
    assert applied.code == 0, applied.output
    assert "`chown 1000:1000 /root/project` gives it to that user" in applied.words
    assert "a folder of user 4321's" in applied.words
    assert host.ssh("stat -c %u /root/new /root/project /srv/other").stdout.split() == ["1000", "0", "4321"]
    assert by_root.docker("inspect", "new", "--format", "'{{(index .Mounts 0).Source}}'") == "/root/new"


@pytest.mark.slow
def test_a_daemon_that_hangs_is_never_taken_for_an_empty_one(sandboxes: Sandboxes) -> None:
    sandboxes.apply_well({"py": {"environment": {"A": "1"}}})
    before = sandboxes.identity("py")
    sandboxes.host.ssh("kill -STOP $(cat /run/docker.pid)")
    try:
        applied = sandboxes.apply({"py": {"environment": {"A": "1"}}})
    finally:
        sandboxes.host.ssh("kill -CONT $(cat /run/docker.pid)")
    assert applied.code == 1
    assert "gives no answer within 7 s" in applied.words
    assert sandboxes.identity("py") == before
    assert sandboxes.apply_well({"py": {"environment": {"A": "1"}}}) == []

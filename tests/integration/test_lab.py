"""The lab itself: what its hosts have and lack, how fast they come, that they forget and keep the right things."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.lab import container as containers
from tests.lab import owner, snapshots
from tests.lab.kinds import KINDS
from tests.lab.mirror import VENDOR_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

ABSENT_PROGRAMS = ("python3", "python", "curl", "wget", "gpg", "update-ca-certificates", "docker")
MANY_FILES = "mkdir /big; yes | head -c 250000000 | split --bytes 50000 --suffix-length 4 - /big/"
STARTED = "cut -d ' ' -f 22 /proc/1/stat"
"""When process 1 came to be, in hundredths of a second."""
ABSENT_PACKAGES = ("python3-minimal", "curl", "gnupg", "gpg", "ca-certificates", "openssl")

alone = pytest.mark.slow
"""These hold a clock against the lab: they run where no other test does."""


@pytest.fixture(scope="module", params=sorted(kind for kind in KINDS if not KINDS[kind].setup))
def host(request: pytest.FixtureRequest, lab: Lab) -> Iterator[LabHost]:
    """One bare host of each kind."""
    made = lab.host(kind=request.param)
    yield made
    made.destroy()


@alone
def test_a_host_is_up_in_ten_seconds_once_its_image_is_cached(lab: Lab) -> None:
    began = time.monotonic()
    made = lab.host()
    elapsed = time.monotonic() - began
    made.destroy()
    assert elapsed < 10


def test_a_host_has_no_program_that_the_product_must_not_need(host: LabHost) -> None:
    found = host.ssh(f"for name in {' '.join(ABSENT_PROGRAMS)}; do command -v $name; done; true").stdout
    assert found == ""
    known = host.ssh("dpkg-query --show --showformat '${Package}\\n'").stdout.split()
    assert not set(ABSENT_PACKAGES) & set(known)


def test_a_host_has_the_distribution_and_the_pid_1_of_its_kind(host: LabHost) -> None:
    kind = KINDS[host.kind]
    assert kind.suite in host.ssh("cat /etc/os-release").stdout
    assert host.ssh("cat /proc/1/comm").stdout.strip() == ("systemd" if kind.init == "systemd" else "sshd")
    assert host.ssh("test -d /run/systemd/system", check=False).returncode == (0 if kind.init == "systemd" else 1)


def test_no_unit_of_a_booted_host_has_failed(host: LabHost) -> None:
    if KINDS[host.kind].init != "systemd":
        pytest.skip("no systemd on this kind")
    assert host.ssh("systemctl --failed --no-legend").stdout == ""


def test_root_and_a_sudo_user_log_in_by_key(host: LabHost) -> None:
    assert host.ssh("id -un").stdout.strip() == "root"
    assert host.ssh("id -un; sudo -n id -un", root=False).stdout.split() == ["ops", "root"]


def test_the_vendors_names_lead_to_the_mirror(host: LabHost, lab: Lab) -> None:
    for name in VENDOR_NAMES:
        assert host.ssh(f"getent ahostsv4 {name}").stdout.split()[0] == lab.engine.mirror_address


def test_a_host_can_install_from_debian(host: LabHost) -> None:
    host.ssh("apt-get -o APT::Update::Error-Mode=any update && apt-get install -y --no-install-recommends hello")
    assert host.ssh("hello").stdout == "Hello, world!\n"


def test_the_authorities_are_trusted_once_ca_certificates_is_installed(fresh: LabHost, lab: Lab) -> None:
    fresh.ssh("apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates openssl")
    answer = fresh.ssh("openssl s_client -brief -verify_return_error -connect download.docker.com:443 < /dev/null 2>&1")
    assert "Verification: OK" in answer.stdout
    assert lab.mirror.address in fresh.ssh("cat /etc/hosts").stdout


def test_a_reboot_keeps_disks_and_address_and_empties_run(host: LabHost) -> None:
    host.ssh("echo kept | tee /etc/kept > /var/lib/docker/kept; echo lost > /run/lost")
    boot = host.ssh(STARTED).stdout
    host.reboot()
    assert host.ssh("cat /etc/kept /var/lib/docker/kept").stdout.split() == ["kept", "kept"]
    assert host.ssh("test -e /run/lost", check=False).returncode == 1
    assert host.ssh(STARTED).stdout != boot
    assert host.address in host.ssh("ip -4 -oneline address show eth0").stdout


def test_a_host_that_is_cut_off_still_lets_in_and_reaches_nothing(lab: Lab, fresh: LabHost) -> None:
    began = time.time()
    fresh.cut_off()
    assert fresh.ssh("echo in").stdout == "in\n"
    assert fresh.ssh("ip -6 address show").stdout == ""
    assert fresh.attempts().by_target == {"mirror": 0, "name server": 0, "elsewhere": 0}
    for target, connect in (
        ("mirror", ": </dev/tcp/download.docker.com/443"),
        ("name server", "getent hosts a.test"),
        ("elsewhere", f": </dev/tcp/{lab.engine.subnet[1]}/22"),
    ):
        before = fresh.attempts()
        assert fresh.ssh(connect, check=False).returncode, target
        after = fresh.attempts()
        assert {name for name in after.by_target if after.by_target[name] > before.by_target[name]} == {target}
    assert lab.mirror.asked_by(fresh.address, began) == []


def test_containers_of_a_host_that_is_cut_off_reach_nothing_and_are_counted(lab: Lab, converged: LabHost) -> None:
    began = time.time()
    connect = f"bash -c ': </dev/tcp/{lab.mirror.address}/443'"
    run = f"docker run --rm debian:trixie-slim timeout 60 {connect}"
    converged.ssh(f"docker image inspect debian:trixie-slim >/dev/null || docker pull -q debian:trixie-slim; {run}")
    converged.cut_off()
    converged.ssh("systemctl restart docker")
    assert converged.attempts().total == 0
    assert converged.ssh(run.replace("timeout 60", "timeout 3"), check=False).returncode
    assert converged.attempts().by_target["mirror"]
    assert "HEAD /v2/library/debian/manifests/trixie-slim HTTP/1.1" in lab.mirror.asked_by(converged.address, began)
    converged.reboot()
    converged.ssh(run)


def test_hosts_see_nothing_of_each_others_cgroups(host: LabHost, fresh: LabHost) -> None:
    fresh.ssh("mkdir /sys/fs/cgroup/mark-of-the-other")
    assert host.ssh("test -e /sys/fs/cgroup/mark-of-the-other", check=False).returncode == 1


@alone
def test_a_clone_comes_in_fifteen_seconds_with_all_that_docker_holds(lab: Lab, converged: LabHost) -> None:
    run = "docker run --detach --stop-signal KILL"
    converged.ssh(f"{run} --name keeper debian:trixie-slim sleep infinity")
    # A quarter of a gigabyte in 5,000 files.
    converged.ssh("docker exec -i keeper sh && docker commit keeper big:1 && docker rm -f keeper", stdin=MANY_FILES)
    converged.ssh(f"{run} --name writer debian:trixie-slim sleep infinity && docker exec writer touch /written")
    converged.ssh("docker stop writer")
    name = converged.snapshot(f"big-{converged.name}")
    began = time.monotonic()
    clone = lab.host(from_snapshot=name)
    elapsed = time.monotonic() - began
    assert clone.ssh("docker run --rm big:1 sh -c 'ls /big | wc -l'").stdout.split() == ["5000"]
    clone.ssh("docker start writer && docker exec writer test -e /written && docker exec writer rm /written")
    converged.ssh("docker start writer && docker exec writer test -e /written")
    clone.destroy()
    assert elapsed < 15


def test_clones_have_identities_of_their_own(lab: Lab, converged_snapshot: str) -> None:
    clones = [lab.host(from_snapshot=converged_snapshot) for _ in range(2)]
    questions = (
        "hostname",
        "cat /etc/machine-id",
        "cat /etc/ssh/*_key.pub",
        "docker info --format '{{.ID}}'",
        "hostname -I",
    )
    for question in questions:
        answers = [clone.ssh(question).stdout for clone in clones]
        assert answers[0] != answers[1], question
    for clone in clones:
        clone.destroy()


def test_what_a_dead_process_left_is_removed_and_what_lives_stays(lab: Lab, fresh: LabHost) -> None:
    orphan = lab.host(mark="1-0")  # process 1 did not start at tick 0 of the clock that counts from the boot
    lab.reap()
    assert lab.find(orphan.name) is None
    assert lab.find(fresh.name) == fresh
    assert owner.alive(owner.this_process())


def test_what_was_killed_while_it_copied_disks_is_no_host_and_is_removed(lab: Lab, converged_snapshot: str) -> None:
    dead, name = {owner.LABEL: "1-0"}, f"killed-{os.getpid()}"
    labels = containers.helper_labels() | dead
    lab.engine.client.containers.create(snapshots.image(converged_snapshot), ["true"], name=name, labels=labels)
    lab.engine.client.volumes.create(containers.disk_name(name, containers.DISKS[0]), labels=dead)
    assert lab.find(name) is None
    lab.reap()
    assert left_of(lab, name) == []


def test_what_a_removal_left_that_was_killed_between_a_host_and_its_disks_is_removed(lab: Lab) -> None:
    orphan = lab.host(mark="1-0")
    orphan.container.remove(force=True)
    assert left_of(lab, orphan.name)
    lab.reap()
    assert left_of(lab, orphan.name) == []


def left_of(lab: Lab, name: str) -> list[str]:
    """The containers and disks whose names begin so."""
    hosts = [str(container.name) for container in containers.labelled(lab.engine, owner.LABEL)]
    disks = [str(volume.name) for volume in lab.engine.client.volumes.list()]
    return [found for found in hosts + disks if found.startswith(name)]


@pytest.mark.slow  # eight clones at once are in every gate: test_check_fleet.py
def test_eight_hosts_fit(lab: Lab) -> None:
    hosts = [lab.host() for _ in range(8)]
    assert len({host.address for host in hosts}) == 8
    assert all(host.ssh("systemctl is-system-running").stdout == "running\n" for host in hosts)
    for host in hosts:
        host.destroy()


@pytest.mark.slow
def test_a_newer_docker_out_of_debian_testing_runs(lab: Lab) -> None:
    host = lab.host(kind="debian-testing-docker")
    version = host.ssh("docker version --format '{{.Server.Version}}'").stdout
    assert int(version.partition(".")[0]) >= 28
    assert host.ssh("docker run --rm debian:trixie-slim echo ran").stdout == "ran\n"
    host.destroy()

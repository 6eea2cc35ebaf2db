"""`gpufleet verify` on lab hosts: green where all is well, and a deliberate breakage fails exactly the right tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.daemon import RESTART
from tests.integration.verify import troubled, verify
from tests.lab import product
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

NO_CONTAINERS = ("--deselect", "tests/verify/test_docker_engine_container.py")
"""Running containers takes most of the time, and most breakages have nothing to do with them."""
USERS = ["ops"]
SECONDS = 120
CREATED = f"""
docker events --since {{since}} --filter event=create --filter label=gpufleet.verify >/run/created &
timeout {SECONDS} sh -c 'until [ -s /run/created ]; do sleep 0.05; done'; code=$?; kill $!; exit $code
"""
"""Waits for the first container: each lives for a fraction of a second, and Docker remembers that there was one."""


@pytest.fixture(scope="module")
def host(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """A converged host with a user in group docker; each test here mends what it broke."""
    host = lab.host(from_snapshot=converged_snapshot)
    host.ssh("adduser --quiet ops docker")
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def inventory(lab: Lab, host: LabHost) -> Path:
    return lab.inventory([host], docker_engine_users=USERS)


def test_a_converged_host_passes_and_is_left_exactly_as_it_was(host: LabHost, inventory: Path) -> None:
    listing = "docker ps -aq; docker images -aq; docker volume ls -q; docker network ls -q; ls -A /tmp"
    before = host.ssh(f"touch /root/before; {listing}").stdout
    done = verify(inventory)
    assert done.status == 0, done.output
    assert re.search(rf"^{host.name}  \d\d passed, \d+ skipped$", done.output, re.MULTILINE), done.output
    assert host.ssh(listing).stdout == before
    assert (
        host.ssh("find /etc /usr /opt /root /home /var/lib/gpufleet -newer /root/before -not -name before").stdout == ""
    )


def test_plain_pytest_does_the_same(inventory: Path) -> None:
    done = product.run("pytest", "tests/verify/test_platform.py", f"--inventory={inventory}", "-q")
    assert done.status == 0, done.output
    assert "3 passed, 1 skipped" in done.output


class Breakage(NamedTuple):
    """What is done to a converged host, how it is undone, and which test has to notice."""

    damage: str
    mend: str
    noticed_by: str


SOURCE = "/etc/apt/sources.list.d/docker.list"
TCP = "/run/systemd/system/docker.service.d/tcp.conf"
RELOADED = f"systemctl daemon-reload && {{ {RESTART}; }}"
BREAKAGES = {
    "a user out of the group": Breakage(
        damage="gpasswd -d ops docker",
        mend="adduser --quiet ops docker",
        noticed_by="test_the_declared_users_can_use_docker",
    ),
    "another valid key": Breakage(
        damage="cd /etc/apt/keyrings && cp -a docker.asc /root/ && "
        "cat /usr/share/keyrings/debian-archive-trixie-stable.* >docker.asc",
        mend="mv /root/docker.asc /etc/apt/keyrings/",
        noticed_by="test_the_keyring_holds_the_pinned_key_alone",
    ),
    "a source for another release": Breakage(
        damage="echo 'deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/debian bookworm "
        f"stable' >{SOURCE}",
        mend=f"rm {SOURCE}",
        noticed_by="test_apt_knows_the_repository_once_and_by_that_key",
    ),
    "the same source again": Breakage(
        damage=f"echo 'deb https://download.docker.com/linux/debian trixie stable' >{SOURCE}",
        mend=f"rm {SOURCE}",
        noticed_by="test_apt_knows_the_repository_once_and_by_that_key",
    ),
    "a source that contradicts": Breakage(
        damage=f"echo 'deb [signed-by=/etc/old.gpg] https://download.docker.com/linux/debian trixie stable' >{SOURCE}",
        mend=f"rm {SOURCE}",
        noticed_by="test_apt_knows_the_repository_once_and_by_that_key",
    ),
    "a file without our keys": Breakage(
        damage="mv /etc/docker/daemon.json /root/",
        mend="mv /root/daemon.json /etc/docker/",
        noticed_by="test_the_file_holds_every_declared_key",
    ),
    "a daemon on the network": Breakage(
        damage=f"mkdir -p {Path(TCP).parent} && printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/dockerd -H fd:// "
        f"-H tcp://127.0.0.1:2375 --tls=false\\n' >{TCP} && {RELOADED}",
        mend=f"rm {TCP} && {RELOADED}",
        noticed_by="test_nobody_reaches_the_daemon_over_the_network",
    ),
    "a service that does not start at boot": Breakage(
        damage="systemctl disable docker.service",
        mend="systemctl enable docker.service",
        noticed_by="test_the_service_starts_at_boot",
    ),
    "a run that was cut off": Breakage(
        damage="touch /var/lib/gpufleet/in-progress",
        mend="rm /var/lib/gpufleet/in-progress",
        noticed_by="test_the_last_apply_came_to_its_end",
    ),
}


SLOW = {"the same source again", "a source that contradicts"}
"""Noticed by the test that the source for another release makes fail as well."""


@pytest.mark.parametrize(
    "breakage", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in BREAKAGES]
)
def test_a_breakage_fails_exactly_its_test(host: LabHost, inventory: Path, breakage: str) -> None:
    host.ssh(BREAKAGES[breakage].damage)
    done = verify(inventory, *NO_CONTAINERS)
    host.ssh(BREAKAGES[breakage].mend)
    assert troubled(done) == {BREAKAGES[breakage].noticed_by}, done.output
    assert done.status == 2


def test_a_version_that_is_not_held_fails_its_test(lab: Lab, host: LabHost) -> None:
    version = host.ssh("dpkg-query -W -f '${Version}' docker-ce").stdout
    done = verify(lab.inventory([host], docker_engine_version=version), *NO_CONTAINERS)
    assert troubled(done) == {"test_the_declared_version_is_installed_and_held"}, done.output


def test_a_stopped_daemon_is_reported_and_not_started_by_asking(host: LabHost, inventory: Path) -> None:
    host.ssh("systemctl stop docker.service")  # docker.socket stays: the first connection would start it again
    done = verify(inventory)
    active = host.ssh("systemctl is-active docker.service", check=False).stdout
    host.ssh(RESTART)
    assert active == "inactive\n"
    assert done.status == 2
    assert "FAILED tests/verify/test_docker_engine_daemon.py::test_the_service_runs" in done.output
    assert "dockerd does not run, so this cannot be judged" in done.output
    untouched = {
        "test_the_service_starts_at_boot",
        "test_all_packages_are_installed",
        "test_the_last_apply_came_to_its_end",
    }
    assert not untouched & troubled(done)


def test_one_unreachable_host_of_three_is_named_and_the_others_are_verified(
    lab: Lab, host: LabHost, converged: LabHost, fresh: LabHost
) -> None:
    fresh.stop()
    done = verify(lab.inventory([fresh, host, converged]), *NO_CONTAINERS)
    assert done.status == 4, done.output
    summary = done.output.split(" hosts ===")[1].splitlines()[1:4]
    assert re.match(rf"{fresh.name} +not reached: Could not connect .*, \d\d not run$", summary[0]), summary
    for line, name in zip(sorted(summary[1:]), sorted([host.name, converged.name]), strict=True):
        assert re.match(rf"{name} +\d\d passed, \d+ skipped$", line), summary


def test_an_interrupted_verification_leaves_no_container_and_no_image(host: LabHost, inventory: Path) -> None:
    command = [str(Path(sys.executable).with_name("gpufleet")), "verify", "--inventory", str(inventory)]
    began = host.ssh("date +%s").stdout.strip()
    with subprocess.Popen([*command, "--", "-k", "container"], cwd=CHECKOUT, stdout=subprocess.DEVNULL) as process:
        host.ssh(CREATED.format(since=began))
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=SECONDS) == 128 + signal.SIGTERM
    assert host.ssh("docker ps -aq; docker images -aq").stdout == ""

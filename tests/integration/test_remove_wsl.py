"""Taking back what apply did on WSL distributions: how they start, which iptables they use, systemd as their init."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roles.platform.wsl_boot import SCRIPT
from tests.integration.checked import applied, removed
from tests.integration.removal import back, notices, unsaid
from tests.integration.state import around
from tests.integration.test_wsl import ROLES, SANDBOX
from tests.integration.wsl import CONF, Wsl, distribution

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.lab import Lab

pytestmark = pytest.mark.slow
GPU: dict[str, Any] = {"platform_gpu": "required", "sandbox_containers": SANDBOX}
WORK = "docker exec py sh -c 'echo kept >/app/kept'"
CHOSEN = "readlink /etc/alternatives/iptables /etc/alternatives/ip6tables"
INIT = "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' systemd-sysv libpam-systemd dbus 2>/dev/null"


@pytest.fixture
def wsl(lab: Lab) -> Iterator[Wsl]:
    """A distribution without systemd, with an iptables and a wsl.conf of its user's."""
    with distribution(lab) as found:
        yield found


def test_a_distribution_is_as_before_with_its_own_start_and_its_own_iptables(lab: Lab, wsl: Wsl) -> None:
    host, before = wsl.host, around(wsl.host)
    chosen = host.ssh(CHOSEN).stdout
    variables = {**GPU, "docker_engine_packages": ["tree"]}
    inventory = lab.inventory([host], **variables)
    back(lab, host, *ROLES, between=lambda _: host.ssh(f"{WORK} && {SCRIPT}"), **variables)
    assert wsl.conf() == CONF
    assert host.ssh(CHOSEN).stdout == chosen
    assert host.ssh("cat ~ops/py/kept; ls /var/log/gpufleet-boot.log", check=False).stdout == "kept\n"
    assert host.ssh("pidof dockerd containerd", check=False).stdout == ""

    assert applied(inventory, *ROLES).status == 0
    host.ssh("docker run -d --name mine debian:trixie-slim sleep 100000")
    taken, alive = host.ssh(CHOSEN).stdout, wsl.docker("inspect -f '{{.State.Pid}}' mine")
    waits = removed(inventory, "--containers")
    assert waits.status == 2, waits.words
    assert "found there for containers: mine (running)" in waits.words
    done = removed(lab.inventory([host], docker_engine_keep=True, **variables), "--containers")
    assert done.status == 0, done.words
    assert wsl.docker("inspect -f '{{.State.Pid}}' mine") == alive
    assert wsl.conf() == CONF
    assert any("this distribution does not start it any more" in each for each in notices(waits)), notices(waits)
    assert host.ssh(CHOSEN).stdout == taken, "dockerd does not start with the other"
    if taken != chosen:
        stays = [each for each in notices(done) if "tables stays /usr/sbin/ip" in each]
        assert [each.split()[-1] for each in stays] == ["iptables`.", "ip6tables`."], notices(done)
    assert [line for line in unsaid(before, around(host), host, done) if "wsl" in line or "/usr/local" in line] == []


def test_systemd_goes_from_a_distribution_that_came_without_unless_it_is_the_init(lab: Lab, wsl: Wsl) -> None:
    host = wsl.host
    host.ssh("apt-get purge -qq -y --allow-remove-essential systemd-sysv libpam-systemd dbus >/dev/null 2>&1")
    before = host.ssh(INIT, check=False).stdout

    def as_the_init(inventory: Path) -> None:
        host.ssh("mkdir -p /run/systemd/system")  # by this it is known
        looked = removed(inventory, "--check", "--containers", ask=True)
        (kept,) = [each for each in notices(looked) if "systemd is the init" in each]
        assert "after that `apt-get purge --allow-remove-essential` removes them" in kept
        assert {"systemd-sysv,", "libpam-systemd,"} <= set(kept.split())
        host.ssh("rmdir /run/systemd/system")

    # Status 2: Windows is waited for
    back(lab, host, *ROLES, between=as_the_init, status=2, **GPU, platform_wsl_boot="systemd")
    assert host.ssh(INIT, check=False).stdout == before
    assert wsl.conf() == CONF

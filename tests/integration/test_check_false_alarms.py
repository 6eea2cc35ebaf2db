"""A host that nobody changed is never called drifted, whatever ordinary thing happens to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import applied, checked
from tests.lab import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

SYSTEMD = "[ -d /run/systemd/system ] || exit 0; "
SANDBOX = "docker container inspect python_sandbox >/dev/null 2>&1 || exit 0; "
EVENTS = {
    "nothing": "true",
    "daemon-reload": f"{SYSTEMD} systemctl daemon-reload",
    "apt-get update": "apt-get -qq update",
    "restart of the sandbox": f"{SANDBOX} docker restart -t 1 python_sandbox",
    "pull of something else": "docker pull -q debian:bookworm-slim",
    "restart of Docker": f"{SYSTEMD} systemctl restart docker",
    "somebody's work in the sandbox": f"{SANDBOX} docker exec python_sandbox sh -c 'echo x >/app/x; echo y >/tmp/y'",
    "an upgrade that holds what is pinned": "DEBIAN_FRONTEND=noninteractive apt-get -qq upgrade >/dev/null",
    "a container of somebody's": "docker run -d --rm debian:bookworm-slim sleep 5 >/dev/null",
    "a removed package list": "rm -rf /var/lib/apt/lists/*; apt-get -qq update",
}
"""Shell commands; one that does not concern a host ends at once."""
QUICK = ("nothing", "daemon-reload", "apt-get update", "restart of the sandbox", "pull of something else")
CHECKS = 30


@pytest.fixture(scope="module")
def fleet(lab: Lab, gpu_converged_snapshot: str, converged_snapshot: str) -> Iterator[list[LabHost]]:
    """One host with a GPU and a sandbox, one without, one without systemd, all in sync."""
    made = [lab.host(from_snapshot=gpu_converged_snapshot), lab.host(from_snapshot=converged_snapshot)]
    made.append(lab.host("debian13-plain"))
    done = applied(lab.inventory(made))
    assert done.status == 0, done.output
    yield made
    for host in made:
        host.destroy()


def reboot(host: LabHost) -> None:
    """Without systemd nothing starts Docker at boot; WSL's own boot command does there."""
    host.reboot()
    host.ssh("[ -d /run/systemd/system ] || service docker start")


def test_a_gpu_host_stays_in_sync_through_its_days(lab: Lab, gpu_converged: LabHost) -> None:
    inventory = lab.inventory([gpu_converged])
    for name in QUICK:
        gpu_converged.ssh(EVENTS[name])
        alarms(inventory, name)
    gpu_converged.reboot()
    alarms(inventory, "reboot")


def test_a_host_without_network_is_checked_as_any_other(lab: Lab, converged: LabHost) -> None:
    with faults.without_network(converged):
        alarms(lab.inventory([converged]), "no network")


@pytest.mark.slow
def test_thirty_checks_in_a_row_find_nothing(lab: Lab, fleet: list[LabHost]) -> None:
    inventory = lab.inventory(fleet)
    done = 0
    for name, event in EVENTS.items():
        for host in fleet:
            host.ssh(event)
        alarms(inventory, name)
        alarms(inventory, f"{name}, a while ago")
        done += 2
    for host in fleet:
        reboot(host)
    while done < CHECKS:
        alarms(inventory, "reboot")
        done += 1
    assert done >= CHECKS


def alarms(inventory: Path, after: str) -> None:
    """Check, and fail where anything is found."""
    found = checked(inventory)
    assert found.status == 0, f"after {after}:\n{found.words}"
    assert not found.findings
    assert {host["status"] for host in found.hosts.values()} == {"in_sync"}

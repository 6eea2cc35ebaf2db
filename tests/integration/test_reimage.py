"""A host was installed anew: same name and address, empty disks, another SSH host key."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import Checked, applied, checked
from tests.integration.fleets import clones
from tests.integration.state import everything

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab


def test_a_changed_host_key_is_told_with_the_command_that_accepts_it(lab: Lab, converged: LabHost) -> None:
    inventory = lab.inventory([converged])
    former = fingerprint(converged)
    lab.reimage(converged)
    host = told(checked(inventory), converged)
    assert former in host["why"]
    assert run(host["way_out"])
    assert fingerprint(converged) in host["why"]
    bare = checked(inventory)
    assert bare.status == 2, bare.output
    assert ("docker-engine.install-docker-s-packages", "config") in bare.findings


@pytest.mark.slow
def test_a_fleet_gets_its_reinstalled_host_back_and_the_others_are_left_alone(
    lab: Lab, converged_snapshot: str
) -> None:
    with clones(lab, converged_snapshot, 4) as hosts:
        inventory = lab.inventory(hosts)
        lab.reimage(hosts[0])
        before = [everything(host) for host in hosts[1:]]
        first = applied(inventory)
        assert first.status == 4, first.output
        run(told(first, hosts[0])["way_out"])
        again_provisioned(inventory, hosts)
        assert [everything(host) for host in hosts[1:]] == before


def again_provisioned(inventory: Path, hosts: list[LabHost]) -> None:
    """An apply changes the first host and no other, and afterwards all are in sync."""
    done = applied(inventory)
    assert done.status == 0, done.output
    mended = [len(done.hosts[host.name]["mended"]) for host in hosts]
    assert mended[0] > 5
    assert mended[1:] == [0] * (len(hosts) - 1), done.output
    assert checked(inventory).status == 0


def told(done: Checked, host: LabHost) -> dict[str, str]:
    """What is said of a host whose key changed, when nothing else is the matter."""
    assert done.status == 4, done.output
    assert done.hosts[host.name]["status"] == "unknown"
    assert done.hosts[host.name]["why"].startswith("host key changed: SHA256:")
    assert done.hosts[host.name]["way_out"].startswith(f"ssh-keygen -R {host.address} -f {host.known_hosts} && ")
    found: dict[str, str] = done.hosts[host.name]
    return found


def run(command: str) -> bool:
    """Run what was printed, as a person would paste it."""
    return subprocess.run(["sh", "-c", command], check=True, capture_output=True).returncode == 0


def fingerprint(host: LabHost) -> str:
    """Of the key that known_hosts has for it, by ssh-keygen itself."""
    shown = subprocess.run(["ssh-keygen", "-lf", host.known_hosts], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]

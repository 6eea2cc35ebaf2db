"""Taking back what apply did on a node of a swarm, whose containers do not outlive a restart of dockerd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import applied, removed
from tests.integration.existing import DEBIANS_DOCKER
from tests.integration.removal import notices, remedies, unsaid
from tests.integration.state import around

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

ROLES = ("--roles", "docker_engine,nvidia_container_toolkit")
SERVICE = "docker service create -q -d --name web debian:trixie-slim sleep 100000"
TASK = "timeout 60 sh -c 'until docker ps -q --filter name=web | grep .; do sleep 0.5; done'"
STATE = "docker inspect -f '{{.Name}} {{.State.Pid}} {{.State.StartedAt}}' $(docker ps -q) | sort"
DEFAULT = "docker info -f '{{.DefaultRuntime}}'"
WAITS = frozenset({("nvidia-container-toolkit.look-for-containers-that-need-the-toolkit", "pending")})


@pytest.mark.slow
def test_the_default_goes_by_a_reload_and_tasks_are_made_anew_by_their_service(lab: Lab, gpu_fresh: LabHost) -> None:
    host = gpu_fresh
    host.ssh(DEBIANS_DOCKER)
    host.ssh(f"docker swarm init --advertise-addr {host.address}")
    before = around(host)
    inventory = lab.inventory([host], nvidia_container_toolkit_default_runtime=True)
    assert applied(inventory, *ROLES).status == 0
    host.ssh(f"docker run -d --name mine --runtime runc debian:trixie-slim sleep 100000; {SERVICE}; {TASK}")
    alive = host.ssh(STATE).stdout
    assert host.ssh(DEFAULT).stdout == "nvidia\n"

    waits = removed(inventory)
    assert (waits.status, waits.findings) == (2, WAITS), waits.words
    assert any("docker service update --force web" in each for each in remedies(waits)), remedies(waits)
    assert host.ssh(DEFAULT).stdout == "runc\n", "else the service makes a task that needs the toolkit, again and again"
    assert host.ssh(STATE).stdout == alive
    again = removed(inventory)
    assert again.hosts[host.name]["mended"] == [], again.words

    host.ssh(f"docker service update -q --force web && {TASK}")
    alive = host.ssh(STATE).stdout
    done = removed(inventory)
    assert done.status == 0, done.words
    assert host.ssh(STATE).stdout == alive
    assert host.ssh(DEFAULT).stdout == "runc\n"
    assert any(each.startswith("dockerd keeps what it has loaded") for each in notices(done)), notices(done)
    assert unsaid(before, around(host), host, done) == []
    host.ssh("docker run --rm debian:trixie-slim true && systemctl restart docker && docker info")
    assert removed(inventory).hosts[host.name]["mended"] == []

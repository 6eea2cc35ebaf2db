"""Taking back what apply did in a WSL distribution that Docker Desktop serves: its engine is not touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.checked import removed
from tests.integration.removal import back
from tests.integration.sandboxes import IMAGE
from tests.integration.test_wsl_desktop import ROLES, SERVE, desktop, distribution

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

__all__ = ["desktop", "distribution"]
VARIABLES: dict[str, Any] = {"sandbox_containers": {"py": {"image": IMAGE, "shm_size": "64m"}}}
ENGINE = "cat /etc/docker/daemon.json; dpkg-query -W docker-ce; pidof dockerd; docker ps -a --format '{{.Names}}'"


@pytest.mark.slow
def test_sandboxes_go_and_docker_desktops_engine_stays_as_it_is(
    lab: Lab, distribution: LabHost, desktop: LabHost
) -> None:
    desktop.ssh(f"docker run -d --name mine {IMAGE} sleep 100000")
    before = desktop.ssh(ENGINE).stdout
    back(lab, distribution, *ROLES, **VARIABLES)
    assert desktop.ssh(ENGINE).stdout == before

    inventory = lab.inventory([distribution], **VARIABLES)
    distribution.ssh("pkill -f '[d]ocker.sock:'; rm -f /run/docker.sock")
    unserved = removed(inventory, "--containers")
    assert unserved.hosts[distribution.name]["mended"] == [], unserved.words
    distribution.ssh(SERVE.format(desktop.address))

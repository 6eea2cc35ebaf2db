"""Taking back what apply did where packages came from a bundle, and where containerd was configured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.bundles import gathered
from tests.integration.checked import applied
from tests.integration.existing import DEBIANS_DOCKER
from tests.integration.removal import back
from tests.integration.sandboxes import IMAGE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

pytestmark = pytest.mark.slow
ROLES = ("--roles", "docker_engine,nvidia_container_toolkit")
ON: dict[str, Any] = {"nvidia_container_toolkit_containerd": True}
DROP_IN = "/etc/containerd/conf.d/99-nvidia.toml"
STATE = "docker inspect -f '{{.State.Pid}} {{.State.StartedAt}}' mine"


def test_a_containerd_that_came_with_docker_goes_with_it(lab: Lab, gpu_fresh: LabHost) -> None:
    back(lab, gpu_fresh, *ROLES, **ON)
    assert gpu_fresh.ssh("ls -d /etc/containerd /etc/docker 2>&1; true").stdout.count("No such file") == 2


def test_a_containerd_of_somebodys_has_its_files_again_and_its_containers_go_on(lab: Lab, gpu_fresh: LabHost) -> None:
    host = gpu_fresh
    host.ssh(DEBIANS_DOCKER)
    host.ssh(f"mkdir -p /etc/containerd/conf.d && echo '# mine' >{DROP_IN} && chmod 600 {DROP_IN}")
    host.ssh(f"docker run -d --name mine {IMAGE} sleep 100000")
    alive = host.ssh(STATE).stdout
    back(lab, host, *ROLES, **ON)
    assert host.ssh(f"cat {DROP_IN}; stat -c %a {DROP_IN}").stdout == "# mine\n600\n"
    assert host.ssh(STATE).stdout == alive
    assert "nvidia" not in host.ssh("containerd config dump").stdout


def test_what_came_from_a_bundle_goes_without_a_network(lab: Lab, fresh: LabHost, tmp_path: Path) -> None:
    bundle = gathered(lab, tmp_path / "bundle", [fresh])
    fresh.cut_off()
    back(lab, fresh, **bundle.variables)
    assert fresh.attempts().total == 0, fresh.attempts()
    assert applied(lab.inventory([fresh], **bundle.variables)).status == 0

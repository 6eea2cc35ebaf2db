"""A WSL distribution whose init is systemd, as Ubuntu's is: that starts Docker, sandboxes and CDI, as on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import applied, checked
from tests.integration.sandboxes import IMAGE
from tests.integration.wsl import MARKS, STORE, UUID, Wsl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.lab import Lab

ROLES = ("--roles", "platform", "docker_engine", "nvidia_container_toolkit", "sandbox")
CONF = "[boot]\nsystemd=true\n"
RUNS = "for i in $(seq 60); do docker inspect -f '{{.State.Running}}' py | grep -q true && exit; sleep 1; done; exit 1"
AT_BOOT = f"""[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c '{MARKS}'
[Install]
WantedBy=sysinit.target
"""


@pytest.fixture
def wsl(lab: Lab) -> Iterator[Wsl]:
    """A fresh one, which looks like WSL from its start on."""
    found = Wsl(lab.host())
    found.begin()
    found.host.ssh("cat >/etc/systemd/system/wsl.service && systemctl enable -q wsl.service", stdin=AT_BOOT)
    found.host.ssh("cat >/etc/wsl.conf", stdin=CONF)
    yield found
    found.host.destroy()


@pytest.mark.slow
def test_nothing_is_needed_in_wsl_conf_and_all_starts_again_with_windows(lab: Lab, wsl: Wsl) -> None:
    host = wsl.host
    sandbox = {"py": {"image": IMAGE, "gpu_request": "cdi", "shm_size": "64m"}}
    inventory = lab.inventory([host], platform_gpu="required", sandbox_containers=sandbox)
    done = applied(inventory, *ROLES)
    assert done.status == 0, done.words
    assert UUID in wsl.docker("exec py nvidia-smi -L")
    assert wsl.conf() == CONF
    assert applied(inventory, *ROLES).hosts[host.name]["mended"] == []
    wsl.windows_driver("581.29", "ffee99")
    host.reboot()
    host.ssh(RUNS)
    made = host.ssh("cat /var/run/cdi/nvidia.yaml").stdout
    assert STORE.format("ffee99") in made
    assert UUID in wsl.docker("exec py nvidia-smi -L")
    found = checked(inventory, *ROLES)
    assert found.status == 0, found.words

"""Taking back a Docker of Debian's, whose own purge empties /var/lib/docker, on a host that had one in former days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import applied, removed
from tests.integration.existing import DEBIANS_DOCKER
from tests.integration.removal import unsaid
from tests.integration.state import around

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

pytestmark = pytest.mark.slow
ROLES = ("--roles", "docker_engine")
CONFFILES = "/etc/containerd/config.toml /etc/default/docker"
"""Files of Debian's packages containerd and docker.io that a user edits, and that a purge of these takes away."""
LEFT_OVER = f"""{DEBIANS_DOCKER}
for file in {CONFFILES}; do echo '# mine' >>$file; chmod 640 $file; done
apt-get -qy remove docker.io containerd
"""
OF_REMOVED = re.compile(
    r"package (containerd|docker\.io)\s+deinstall$|(path|content) /etc/init\.d/docker |path /etc/rc\d\.d/[KS]01docker "
    r"|path /etc/systemd/system/\S+\.target\.wants(/(containerd|docker)\.(service|socket))? "
)
"""What a package leaves that is removed and not purged: its state, a script of init and links that start it."""
SHOWN = f"stat -c '%n %a %U:%G' {CONFFILES}; cat {CONFFILES}"
DATA = "/var/lib/docker/volumes"
MAKE_DATA = (
    f"docker volume create mine && mkdir {DATA}/folder && echo kept | tee {DATA}/mine/_data/file {DATA}/folder/file"
)
READ_DATA = f"cat {DATA}/mine/_data/file {DATA}/folder/file"
STATES = "dpkg-query -W -f '${db:Status-Status}\\n' docker.io containerd | grep -vx not-installed; true"
"""`config-files` of a package that is removed and not purged, and no line of one that is purged."""


def test_volumes_and_files_of_former_days_outlive_a_docker_of_debians(lab: Lab, fresh: LabHost) -> None:
    fresh.ssh(LEFT_OVER)
    fresh.ssh("sudo -n true", root=False)  # at a user's first time sudo leaves ~/.sudo_as_admin_successful
    assert fresh.ssh(STATES).stdout == "config-files\nconfig-files\n"
    theirs, before = fresh.ssh(SHOWN).stdout, around(fresh)
    inventory = lab.inventory([fresh], docker_engine_source="distribution")
    provisioned = applied(inventory, *ROLES)
    assert provisioned.status == 0, provisioned.words
    fresh.ssh(MAKE_DATA)

    done = removed(inventory, "--containers")
    assert done.status == 0, done.words
    assert fresh.ssh(STATES).stdout == "", "they are purged"
    assert fresh.ssh(READ_DATA).stdout == "kept\nkept\n"
    assert fresh.ssh(SHOWN).stdout == theirs
    left = [line for line in unsaid(before, around(fresh), fresh, done) if not OF_REMOVED.match(line)]
    assert left == [], "\n".join(left)
    assert removed(inventory, "--containers").hosts[fresh.name]["mended"] == []

    again = applied(inventory, *ROLES)
    assert again.status == 0, again.words
    assert "mine" in fresh.ssh("docker volume ls -q").stdout.split()
    assert fresh.ssh("docker run --rm -v mine:/mine debian:trixie-slim cat /mine/file").stdout == "kept\n"

    fresh.ssh("apt-get -qy purge docker.io")
    assert fresh.ssh(f"ls -A {DATA}; true").stdout == "", "which the package's own scripts do by themselves"

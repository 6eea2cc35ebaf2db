"""Hosts that somebody has set up by hand, for tests of what apply makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.integration.checked import applied, checked
from tests.lab import container as containers
from tests.lab.mirror import former

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.integration.checked import Checked
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

APT_INSTALL = "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends"
DEBIANS_DOCKER = f"{APT_INSTALL} docker.io docker-cli docker-buildx iptables ca-certificates"
RUN = "docker run -d --name mine debian:trixie-slim sleep 100000"
DOCKER_LIST = "deb [arch=amd64] https://download.docker.com/linux/debian trixie stable"
SMALL = (
    "tar -C / -c bin lib lib64 usr/bin/sleep usr/lib/x86_64-linux-gnu/libc.so.6"
    " usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 usr/lib64/ld-linux-x86-64.so.2"
)
ROLES = ("--roles", "docker_engine,nvidia_container_toolkit")


@dataclass(frozen=True)
class Existing:
    """One such host, and what is declared for it.

    Attributes:
        lab: where it stands.
        host: the host.
    """

    lab: Lab
    host: LabHost

    @property
    def container(self) -> str:
        """What identifies the process of the container `mine`: another text once it was stopped."""
        shown = "{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}"
        return self.host.ssh(f"docker inspect -f '{shown}' mine").stdout

    @property
    def packages(self) -> str:
        """Every package with its version and its state."""
        return self.host.ssh("dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\\n'").stdout

    @property
    def daemon_json(self) -> str:
        """The file as it is."""
        return self.host.ssh("cat /etc/docker/daemon.json").stdout

    def install(self, packages: Iterable[former.Former], folder: Path) -> None:
        """Install packages of former years."""
        files = former.make(packages, folder)
        for file in files:
            containers.put_file(self.host.container, f"/root/{file.name}", file.read_bytes())
        self.host.ssh(f"apt-get -qy install {' '.join(f'/root/{file.name}' for file in files)}")

    def dockers_repository(self, codename: str = "trixie") -> None:
        """Docker's repository as its own manual adds it."""
        containers.put_file(self.host.container, "/etc/apt/keyrings/docker.asc", self.lab.mirror.key("right"))
        line = DOCKER_LIST.replace("]", " signed-by=/etc/apt/keyrings/docker.asc]").replace("trixie", codename)
        self.host.ssh(f"{APT_INSTALL} ca-certificates && echo '{line}' >/etc/apt/sources.list.d/docker.list")

    def apply(self, **variables: object) -> Checked:
        """Apply Docker and the toolkit."""
        return applied(self.lab.inventory([self.host], **variables), *ROLES)

    def converge(self, **variables: object) -> Checked:
        """The same, and it must succeed, leave nothing for a second run, and a check must find nothing."""
        inventory = self.lab.inventory([self.host], **variables)
        done = applied(inventory, *ROLES)
        assert done.status == 0, done.words
        again = applied(inventory, *ROLES)
        assert again.hosts[self.host.name]["mended"] == [], again.output
        found = checked(inventory, *ROLES)
        assert found.status == 0, found.words
        return done

    def refused(self, *words: str, **variables: object) -> None:
        """Apply is refused with these words and leaves packages and containers as they are."""
        before = self.packages
        done = self.apply(**variables)
        assert done.status == 2, done.output
        said = " ".join(done.output.split())
        assert all(each in said for each in words), done.output
        assert self.packages == before

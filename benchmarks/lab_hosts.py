"""Hosts to measure on: copies of one lab host with a simulated GPU on which deploy.py was applied."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.slow_network import far_away
from tests.lab import product
from tests.lab.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost

PLAYBOOK_NEEDS = "python3-apt"
"""Ansible's module for apt installs it by itself on its first run; `--check` does not go without."""
KEYRINGS = {
    "docker.asc": "/etc/apt/keyrings/docker.asc",
    "nvidia.gpg": "/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg",
}
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"


@dataclass(frozen=True)
class Declared:
    """What the hosts were given, as both tools must be told it.

    Attributes:
        docker: version of Docker's package.
        image: the image that sandboxes are made from.
    """

    docker: str
    image: str

    def for_gpufleet(self, user: str) -> dict[str, object]:
        """Settings of the roles; the user may use Docker."""
        return {"docker_engine_version": self.docker, "docker_engine_users": [user]}

    def for_ansible(self, user: str, keyrings: Path) -> dict[str, str]:
        """Variables of the playbook."""
        own = {"docker_version": self.docker, "image": self.image}
        return {**own, "sandbox_user": user, "keyrings": str(keyrings)}


@contextmanager
def converged(count: int) -> Iterator[tuple[Lab, list[LabHost], Declared]]:
    """So many converged hosts, for as long as the block runs.

    Args:
        count: how many; making the first takes two minutes, each further one some seconds.
    """
    lab = Lab.connect()
    try:
        first = lab.host()
        first.install_gpu()
        first.ssh(f"apt-get update -qq && {INSTALL} {PLAYBOOK_NEEDS} > /dev/null")
        _applied(lab, first)
        declared = Declared(_says(first, "dpkg-query -W -f '${Version}' docker-ce"), _image(first))
        _applied(lab, first, **declared.for_gpufleet(first.user))
        snapshot = first.snapshot(f"benchmark-{first.name}")
        yield lab, [first, *(lab.host(from_snapshot=snapshot) for _ in range(count - 1))], declared
    finally:
        lab.remove_own()


@contextmanager
def distant(host: LabHost, milliseconds: float) -> Iterator[LabHost]:
    """The same host behind a network with such a round trip."""
    with far_away(host.address, host.port, milliseconds) as port:
        folder = host.folder.with_name(f"{host.name}-distant")
        there = replace(host, address="127.0.0.1", port=port, folder=folder)
        folder.mkdir(exist_ok=True)
        key = host.known_hosts.read_text().partition(" ")[2]
        there.known_hosts.write_text(f"[{there.address}]:{port} {key}")
        try:
            yield there
        finally:
            shutil.rmtree(folder)


def keyrings(host: LabHost, folder: Path) -> Path:
    """Fetch the vendors' keyrings into a folder on this machine, for the playbook to compare with."""
    for name, path in KEYRINGS.items():
        fetched = [*host.ssh_command(), f"cat {path}"]
        (folder / name).write_bytes(subprocess.run(fetched, capture_output=True, check=True).stdout)
    return folder


def _applied(lab: Lab, host: LabHost, **variables: object) -> None:
    done = product.apply(lab.inventory([host], **variables))
    if done.status:
        raise SystemExit(f"deploy.py could not be applied to {host.name}:\n{done.output}")


def _image(host: LabHost) -> str:
    return _says(host, "docker inspect --format '{{.Config.Image}}' python_sandbox")


def _says(host: LabHost, command: str) -> str:
    return host.ssh(command).stdout.strip()

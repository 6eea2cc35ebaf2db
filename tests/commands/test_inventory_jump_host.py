"""ProxyJump in hosts.yml, by really connecting through a jump host."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
import pytest

from tests.unit.inventory_reading import write
from tests.unit.ssh_server import SSHServer

if TYPE_CHECKING:
    from collections.abc import Iterator

INVENTORY = Path(__file__).parents[2] / "inventory.py"
PYINFRA = Path(sys.executable).with_name("pyinfra")


class Site:
    """A person's home, a jump host that takes the key in it, and a host that takes another key."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "home"
        (self.home / ".ssh").mkdir(parents=True)
        self.jump = SSHServer("127.0.0.1", _key(self.home / ".ssh" / "id_ecdsa"))
        self.host = SSHServer("127.0.0.2", _key(directory / "host.key"))

    def run(self, ssh_arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command on the host with pyinfra."""
        write(
            self.directory,
            f"""
            fleet:
              hosts:
                behind:
                  ansible_host: 127.0.0.2
                  ansible_port: {self.host.port}
                  ansible_user: me
                  ansible_ssh_private_key_file: host.key
                  ansible_ssh_common_args: {ssh_arguments}
                  ssh_connect_retries: 0
            """,
        )
        inventory = self.directory / "inventory.py"
        inventory.write_text(INVENTORY.read_text(encoding="utf-8"), encoding="utf-8")
        return subprocess.run(
            [PYINFRA, str(inventory), "-y", "exec", "--", "echo arrived"],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            env={**os.environ, "HOME": str(self.home), "SSH_AUTH_SOCK": ""},
        )


def _key(file: Path) -> paramiko.PKey:
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(file))
    return key


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.jump.close()
    site.host.close()


def test_a_host_is_reached_through_its_jump_host_and_no_other_way(site: Site) -> None:
    done = site.run(f"-o ProxyJump=ops@127.0.0.1:{site.jump.port}")
    assert done.returncode == 0, done.stderr
    assert "[behind] arrived" in done.stdout + done.stderr
    assert [destination for _, destination in site.jump.forwarded] == [("127.0.0.2", site.host.port)]
    assert site.host.peers == [address for address, _ in site.jump.forwarded]


def test_a_jump_host_may_be_a_name_out_of_ones_own_ssh_config(site: Site) -> None:
    (site.home / ".ssh" / "config").write_text(
        f"Host bastion\n  HostName 127.0.0.1\n  Port {site.jump.port}\n  User ops\n",
        encoding="utf-8",
    )
    done = site.run("-J bastion")
    assert done.returncode == 0, done.stderr
    assert site.host.peers == [address for address, _ in site.jump.forwarded] != []


def test_a_jump_host_that_is_gone_is_an_error_of_that_host(site: Site) -> None:
    site.jump.close()
    done = site.run(f"-J ops@127.0.0.1:{site.jump.port}")
    assert done.returncode == 1
    assert "[behind] Could not connect" in done.stderr
    assert site.host.peers == []

"""Why a host cannot be connected to, told by really trying, and the printed command run for real."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import paramiko
import pyinfra
import pytest
from pyinfra.api import Config, Inventory, State
from pyinfra.connectors import ssh_util
from pyinfra.connectors.sshuserclient import client

from gpufleet.run.no_connection import explain
from tests.unit.ssh_server import SSHServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyinfra.api import Host


@dataclass
class Site:
    """A person's home, and servers that the key in it opens."""

    home: Path
    server: SSHServer
    jump: SSHServer

    @property
    def known_hosts(self) -> Path:
        """Where keys are remembered; the space has to be quoted in a command."""
        return self.home / "known hosts"

    @property
    def config(self) -> Path:
        """The person's ssh_config."""
        return self.home / "config"

    def remember(self, server: SSHServer, address: str, key: paramiko.PKey) -> None:
        """Note a key for a server, as if that had shown it once."""
        with self.known_hosts.open("a", encoding="utf-8") as file:
            file.write(f"[{address}]:{server.port} {key.get_name()} {key.get_base64()}\n")

    def host(self, **data: Any) -> Host:
        """The server as a host of pyinfra's."""
        known = {
            "ssh_hostname": "127.0.0.1",
            "ssh_port": self.server.port,
            "ssh_user": "me",
            "ssh_key": str(self.home / "key"),
            "ssh_known_hosts_file": str(self.known_hosts),
            "ssh_config_file": str(self.config),
            "ssh_strict_host_key_checking": "yes",
        }
        given = {name: value for name, value in {**known, **data}.items() if value is not None}
        inventory = Inventory(([("gpu01", given)], {}))
        State(inventory, Config(CONNECT_TIMEOUT=2))
        host: Host = inventory.get_host("gpu01")
        return host

    def refused(self, **data: Any) -> tuple[str, str]:
        """Why, and the way out; no memory of other tries is kept."""
        host = self.host(**data)
        try:
            host.connect(show_errors=False, raise_exceptions=True)
        except Exception as error:  # noqa: BLE001 - any that pyinfra raises has to be told
            why, way_out = explain(host, error)
            return why, way_out or ""
        pytest.fail("it connected")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(tmp_path / "key"))
    (tmp_path / "config").touch()
    found = Site(tmp_path, SSHServer("127.0.0.1", key), SSHServer("127.0.0.2", key))
    yield found
    found.server.close()
    found.jump.close()


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let known_hosts be read at each connection; pyinfra reads it once in a process."""
    monkeypatch.setattr(client, "get_host_keys", client.get_host_keys.__wrapped__)


def run(command: str) -> str:
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout


def printed(key: paramiko.PKey) -> str:
    """The fingerprint of a key by ssh-keygen itself: `256 SHA256:... comment (ECDSA)`."""
    shown = subprocess.run(
        ["ssh-keygen", "-lf", "-"],
        input=f"{key.get_name()} {key.get_base64()}",
        capture_output=True,
        text=True,
        check=True,
    )
    words = shown.stdout.split()
    return f"{words[1]} {words[-1]}"


def test_a_changed_key_is_told_with_both_fingerprints_and_its_file(site: Site) -> None:
    former = paramiko.RSAKey.generate(2048)
    site.remember(site.server, "127.0.0.1", former)
    why, _ = site.refused()
    assert why == (f"host key changed: {printed(site.server.key)}, known in {site.known_hosts} as {printed(former)}")


def test_the_printed_command_accepts_a_changed_key(site: Site) -> None:
    site.remember(site.server, "127.0.0.1", paramiko.ECDSAKey.generate())
    _, command = site.refused()
    assert command.startswith(f"ssh-keygen -R '[127.0.0.1]:{site.server.port}' -f '{site.known_hosts}' && ssh-keyscan ")
    run(command)
    site.host().connect(show_errors=False, raise_exceptions=True)


def test_where_new_keys_are_taken_forgetting_the_former_is_enough(site: Site) -> None:
    site.remember(site.server, "127.0.0.1", paramiko.ECDSAKey.generate())
    _, command = site.refused(ssh_strict_host_key_checking="accept-new")
    assert "ssh-keyscan" not in command
    run(command)
    site.host(ssh_strict_host_key_checking="accept-new").connect(show_errors=False, raise_exceptions=True)


def test_an_unknown_key_is_told_from_a_changed_one_and_its_command_accepts_it(site: Site) -> None:
    why, command = site.refused()
    assert why == (
        f"host key unknown, and not taken unasked: [127.0.0.1]:{site.server.port} is not in {site.known_hosts}"
    )
    run(command)
    site.host().connect(show_errors=False, raise_exceptions=True)


def test_the_file_that_holds_the_key_is_named_among_several(site: Site) -> None:
    other = site.home / "other"
    other.write_text(f"[127.0.0.1]:{site.server.port} {_public(paramiko.ECDSAKey.generate())}\n")
    site.config.write_text(f"Host *\n  UserKnownHostsFile {site.home}/none {other}\n")
    why, command = site.refused(ssh_known_hosts_file=None)
    assert f"known in {other} as SHA256:" in why
    assert f"-f {other} && " in command


def behind(site: Site) -> None:
    """Put the host behind the jump host."""
    site.config.write_text(
        f"Host 127.0.0.1\n  ProxyJump me@127.0.0.2:{site.jump.port}\n"
        f"Host 127.0.0.2\n  IdentityFile {site.home}/key\n  UserKnownHostsFile {site.home}/jumps\n"
        "Host *\n  StrictHostKeyChecking accept-new\n"
    )


def test_the_changed_key_of_a_jump_host_is_told_as_the_jump_hosts(site: Site) -> None:
    behind(site)
    (site.home / "jumps").write_text(f"[127.0.0.2]:{site.jump.port} {_public(paramiko.ECDSAKey.generate())}\n")
    why, command = site.refused()
    assert why.startswith(
        f"host key changed of jump host 127.0.0.2: {printed(site.jump.key)}, known in {site.home}/jumps as "
    )
    assert command == f"ssh-keygen -R '[127.0.0.2]:{site.jump.port}' -f {site.home}/jumps"


def test_a_key_behind_a_jump_host_is_asked_for_from_there(site: Site) -> None:
    behind(site)
    why, command = site.refused()
    assert "host key unknown" in why
    assert command == (
        f"ssh ssh://me@127.0.0.2:{site.jump.port} ssh-keyscan -p {site.server.port} 127.0.0.1 >> '{site.known_hosts}'"
    )


def test_a_jump_host_that_does_not_reach_the_host_says_so(site: Site) -> None:
    behind(site)
    why, _ = site.refused(ssh_port=_closed_port())
    assert why.startswith("the jump host does not reach 127.0.0.1, port ")
    assert why.endswith(": Connect failed")


def test_a_jump_host_that_is_not_there_is_named(site: Site) -> None:
    behind(site)
    site.jump.close()
    assert site.refused()[0] == f"connection refused: jump host 127.0.0.2, port {site.jump.port}"


def test_a_jump_host_that_lets_the_user_not_in_is_named_with_its_own_user(site: Site) -> None:
    behind(site)
    site.jump.allowed = paramiko.ECDSAKey.generate()
    why, command = site.refused()
    assert why == f"authentication failed: jump host 127.0.0.2, user me, key {site.home}/key"
    assert command == f"ssh-copy-id -i {site.home}/key.pub -p {site.jump.port} me@127.0.0.2"


def test_a_login_that_fails_names_user_and_key(site: Site) -> None:
    site.server.allowed = paramiko.ECDSAKey.generate()
    site.remember(site.server, "127.0.0.1", site.server.key)
    why, command = site.refused()
    assert why == f"authentication failed: 127.0.0.1, user me, key {site.home}/key"
    assert command == f"ssh-copy-id -i {site.home}/key.pub -p {site.server.port} me@127.0.0.1"


def test_a_login_without_any_key_says_what_was_tried(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(site.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    site.remember(site.server, "127.0.0.1", site.server.key)
    why, _ = site.refused(ssh_key=None)
    assert why == "authentication failed: 127.0.0.1, user me, the keys of the SSH agent and of ~/.ssh"


def test_a_key_with_a_passphrase_that_nobody_types_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = site.home / "locked"
    paramiko.ECDSAKey.generate().write_private_key_file(str(key), password="x")  # noqa: S106 - of a throwaway key
    locked = f"the private key {key} has a passphrase"
    monkeypatch.setattr(pyinfra, "is_cli", False)
    assert site.refused(ssh_key=str(key))[0] == locked
    monkeypatch.setattr(pyinfra, "is_cli", True)
    monkeypatch.setattr(ssh_util, "getpass", _no_terminal)
    assert site.refused(ssh_key=str(key)) == (locked, f"ssh-add {key}, and name no key for the host")


def test_a_question_that_nobody_answers_is_told_as_an_unknown_key(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", _no_terminal)
    why, command = site.refused(ssh_strict_host_key_checking="ask")
    assert why.startswith("host key unknown")
    assert "ssh-keyscan" in command


def test_a_key_file_that_is_none_is_told(site: Site) -> None:
    site.config.chmod(0o600)
    assert site.refused(ssh_key=str(site.config)) == (f"Invalid private key file: {site.config}", "")


def test_a_port_where_nothing_listens_is_told(site: Site) -> None:
    port = _closed_port()
    assert site.refused(ssh_port=port)[0] == f"connection refused: 127.0.0.1, port {port}"


def test_a_name_that_nobody_knows_is_told(site: Site) -> None:
    why, way_out = site.refused(ssh_hostname="no-such-host.invalid")
    assert why == "name not resolved: no-such-host.invalid"
    assert "getent hosts no-such-host.invalid" in way_out


def test_a_host_that_is_silent_is_told_after_the_time_limit(site: Site) -> None:
    with socket.create_server(("127.0.0.3", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [_begin(port) for _ in range(4)]  # the queue is full, the kernel answers no further one
        why, _ = site.refused(ssh_hostname="127.0.0.3", ssh_port=port)
        for one in waiting:
            one.close()
    assert why == f"connection timed out: 127.0.0.3, port {port}"


def test_a_host_without_a_route_is_told(site: Site) -> None:
    why, _ = site.refused(ssh_hostname="224.0.0.1")  # a group of hosts, to which TCP never has a route
    assert why == "no route to host: 224.0.0.1"


def test_what_listens_and_hangs_up_is_told(site: Site) -> None:
    with socket.create_server(("127.0.0.3", 0)) as listener:
        port = listener.getsockname()[1]
        Thread(target=partial(_hang_up, listener), daemon=True).start()
        why, _ = site.refused(ssh_hostname="127.0.0.3", ssh_port=port)
    assert why == f"connection closed before SSH began: 127.0.0.3, port {port}"


def test_another_connector_says_what_it_says() -> None:
    inventory = Inventory((["@local"], {}))
    State(inventory, Config())
    assert explain(inventory.get_host("@local"), OSError("no")) == ("no", None)


def _public(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.get_base64()}"


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _no_terminal(prompt: str) -> str:
    raise EOFError(prompt)


def _hang_up(listener: socket.socket) -> None:
    listener.accept()[0].close()


def _begin(port: int) -> socket.socket:
    found = socket.socket()
    found.setblocking(False)  # noqa: FBT003 - takes it by position only
    found.connect_ex(("127.0.0.3", port))
    return found

"""A small SSH server for tests, in this process: it runs commands, and it forwards connections as a jump host does."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_CONNECT_FAILED, OPEN_SUCCEEDED

if TYPE_CHECKING:
    from collections.abc import Callable


class SSHServer:
    """Listens until `close`, on a port of its own.

    Attributes:
        port: where.
        peers: the addresses from which connections came.
        key: its host key.
        forwarded: for each connection made on behalf of a client its own address and where it went.
    """

    def __init__(self, address: str, allowed: paramiko.PKey) -> None:
        """Begin to listen.

        Args:
            address: the address to listen on.
            allowed: the one key that may log in.
        """
        self.allowed = allowed
        self.peers: list[tuple[str, int]] = []
        self.forwarded: list[tuple[tuple[str, int], tuple[str, int]]] = []
        self.key = paramiko.ECDSAKey.generate()
        self._listener = socket.create_server((address, 0))
        self.port: int = self._listener.getsockname()[1]
        _in_background(self._accept)

    def close(self) -> None:
        """Stop listening; without the shutdown the waiting thread would keep the port open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, peer = self._listener.accept()
            except OSError:
                return
            self.peers.append(peer)
            _in_background(partial(self._serve, client))

    def _serve(self, client: socket.socket) -> None:
        transport = paramiko.Transport(client)
        transport.add_server_key(self.key)
        session = _Session(self)
        try:
            transport.start_server(server=session)
        except (paramiko.SSHException, EOFError):  # whoever only asks for a key hangs up
            return
        while transport.is_active():
            channel = transport.accept(1)
            if channel and channel.get_id() in session.onward:
                _join(channel, session.onward[channel.get_id()])


class _Session(paramiko.ServerInterface):
    def __init__(self, server: SSHServer) -> None:
        self.server = server
        self.onward: dict[int, socket.socket] = {}

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:  # noqa: ARG002
        return AUTH_SUCCESSFUL if key == self.server.allowed else AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        _in_background(lambda: _run(channel, command.decode()))
        return True

    def check_channel_direct_tcpip_request(
        self,
        chanid: int,
        origin: tuple[str, int],  # noqa: ARG002
        destination: tuple[str, int],
    ) -> int:
        try:
            onward = socket.create_connection(destination, timeout=5)
        except OSError:
            return OPEN_FAILED_CONNECT_FAILED
        self.server.forwarded.append((onward.getsockname(), destination))
        self.onward[chanid] = onward
        return OPEN_SUCCEEDED


def _run(channel: paramiko.Channel, command: str) -> None:
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    channel.sendall(done.stdout)
    channel.sendall_stderr(done.stderr)
    channel.send_exit_status(done.returncode)
    channel.close()


def _join(channel: paramiko.Channel, onward: socket.socket) -> None:
    _in_background(lambda: _copy(channel.recv, onward.sendall, onward.close))
    _in_background(lambda: _copy(onward.recv, channel.sendall, channel.close))


def _copy(take: Callable[[int], bytes], give: Callable[[bytes], None], close: Callable[[], None]) -> None:
    with suppress(OSError):  # the other side has closed
        while part := take(1 << 15):
            give(part)
    close()


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()

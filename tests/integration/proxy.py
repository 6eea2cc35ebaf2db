"""An http proxy that wants a password and remembers what it was asked for."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 60


class Proxy(socketserver.ThreadingTCPServer):
    """The server.

    Attributes:
        served: first line of each request that came with the right password.
        denied: of each that came without.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, login: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.authorization = f"Basic {base64.b64encode(login.encode()).decode()}"
        self.served: list[str] = []
        self.denied: list[str] = []

    @property
    def port(self) -> int:
        """Where it listens, on this machine's loopback."""
        return int(self.server_address[1])


@contextmanager
def proxy(login: str) -> Iterator[Proxy]:
    """A proxy for as long as the block runs.

    Args:
        login: `user:password`.
    """
    with Proxy(login) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class _Request(socketserver.BaseRequestHandler):
    """One connection: a tunnel (CONNECT), or plain requests for one server, which then closes it."""

    server: Proxy

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            head, _, rest = self._head().partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            if fields.get("proxy-authorization") != self.server.authorization:
                self.server.denied.append(lines[0])
                self.request.sendall(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
                return
            self.server.served.append(lines[0])
            self._serve(lines, rest)

    def _head(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            part = self.request.recv(65536)
            if not part:
                raise ValueError("no request")
            received += part
        return received

    def _serve(self, lines: list[str], rest: bytes) -> None:
        method, target, version = lines[0].split(" ")
        if method == "CONNECT":
            name, _, port = target.partition(":")
            with socket.create_connection((name, int(port)), SECONDS) as upstream:
                self.request.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                self._relay(upstream)
            return
        url = urlsplit(target)
        kept = [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection:"))]
        request = [f"{method} {url.path}?{url.query}".rstrip("?") + f" {version}", *kept, "Connection: close", "", ""]
        with socket.create_connection((str(url.hostname), url.port or 80), SECONDS) as upstream:
            upstream.sendall("\r\n".join(request).encode("latin-1") + rest)
            while part := upstream.recv(65536):
                self.request.sendall(part)

    def _relay(self, upstream: socket.socket) -> None:
        ends = {self.request: upstream, upstream: self.request}
        while ready := select.select(list(ends), [], [], SECONDS)[0]:
            for end in ready:
                part = end.recv(65536)
                if not part:
                    return
                ends[end].sendall(part)

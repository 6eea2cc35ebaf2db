"""SSH connections that send at once, for paramiko, which pyinfra connects with."""

from __future__ import annotations

import socket
from typing import Any

import paramiko

KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 30_000}
"""A host that is silent for 15 s is asked every 5 s, and given up 30 s after its last sign of life (tcp(7))."""


def prompt_transport(sock: Any, **options: Any) -> paramiko.Transport:  # noqa: ANN401 - paramiko's own signature
    """A transport that sends at once and notices a dead host: by itself paramiko does neither.

    Without TCP_NODELAY every command waits about 40 ms for an acknowledgement.
    """
    if isinstance(sock, socket.socket):  # a jump host gives a channel instead
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            if hasattr(socket, name):  # macOS lacks some
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return paramiko.Transport(sock, **options)

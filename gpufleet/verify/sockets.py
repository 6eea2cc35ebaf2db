"""Reads the kernel's tables of TCP sockets, which every host has, as `ss` need not be there. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

LISTEN = "0A"
"""TCP_LISTEN in include/net/tcp_states.h of the kernel."""
WORD = 4


@dataclass(frozen=True)
class Listener:
    """A TCP socket that accepts connections."""

    address: IPv4Address | IPv6Address
    port: int

    def __str__(self) -> str:
        """As `127.0.0.1:2375` or `[::]:2375`."""
        return f"[{self.address}]:{self.port}" if self.address.version == 6 else f"{self.address}:{self.port}"  # noqa: PLR2004


def listening(tables: str, descriptors: str) -> list[Listener]:
    """The TCP sockets on which a process listens.

    Args:
        tables: /proc/PID/net/tcp and tcp6, one after the other.
        descriptors: `ls -l /proc/PID/fd`; the sockets of the process show in it as `socket:[INODE]`.
    """
    own = set(re.findall(r"socket:\[(\d+)\]", descriptors))
    rows = (line.split() for line in tables.splitlines())
    return [_listener(row[1]) for row in rows if len(row) > 9 and row[3] == LISTEN and row[9] in own]  # noqa: PLR2004


def _listener(text: str) -> Listener:
    """An address as the kernel prints it: words of 32 bits, little endian on amd64 and arm64."""
    digits, _, port = text.partition(":")
    packed = bytes.fromhex(digits)
    address = b"".join(packed[start : start + WORD][::-1] for start in range(0, len(packed), WORD))
    return Listener(IPv4Address(address) if len(address) == WORD else IPv6Address(address), int(port, 16))

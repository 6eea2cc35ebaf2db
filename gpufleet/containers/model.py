"""What makes up a container, declared or observed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Way: TypeAlias = Literal["runtime", "cdi", "gpus"]
"""How a GPU is asked for: `--runtime=nvidia`, `--device nvidia.com/gpu=…` or `--gpus`."""

SANDBOX_LABEL = "gpufleet.sandbox"
"""Whose value is the sandbox's name; what has it is ours."""
DECLARATION_LABEL = "gpufleet.declaration"
"""Whose value is the hash of what was declared when the container was made."""
PREVIOUS = ".previous"
"""Behind the name of a container whose successor has not been seen to run yet."""
NVIDIA_CDI = "nvidia.com/gpu="
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Environment(dict[str, str]):
    """Variables whose values may be secrets: nothing that prints an object prints them."""

    def __repr__(self) -> str:
        return f"({', '.join(sorted(self))}: values hidden)"


@dataclass(frozen=True, order=True)
class Mount:
    """A folder or file of the host that shows inside.

    Attributes:
        target: where, inside.
        source: which, on the host.
        writable: whether it can be written to from inside.
    """

    target: str
    source: str
    writable: bool = True

    def __str__(self) -> str:
        return f"{self.source}:{self.target}" + ("" if self.writable else ":ro")


@dataclass(frozen=True, order=True)
class Port:
    """A port of the host that leads into the container.

    Attributes:
        inside: number inside.
        outside: number on the host.
        address: of the host, empty for all of them.
        protocol: `tcp`, `udp` or `sctp`.
    """

    inside: int
    outside: int
    address: str = ""
    protocol: str = "tcp"

    def takes_from(self, other: Port) -> bool:
        """Whether both cannot be had on one host: all of its addresses hold each of them."""
        same = (self.outside, self.protocol) == (other.outside, other.protocol)
        every = {"", "0.0.0.0", "::"}  # noqa: S104 - they are compared with
        return same and (self.address == other.address or bool(every & {self.address, other.address}))

    def __str__(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return (f"{address}:" if address else "") + f"{self.outside}:{self.inside}/{self.protocol}"


@dataclass(frozen=True, order=True)
class GpuRequest:
    """GPUs that a container asks for.

    Attributes:
        way: how it asks.
        devices: `all`, indices, UUIDs or names of CDI devices, sorted.
        capabilities: what of the driver is to be there, sorted (`compute`, `utility`, …); CDI always brings all.
    """

    way: Way
    devices: tuple[str, ...]
    capabilities: tuple[str, ...] = ()

    def __str__(self) -> str:
        capabilities = f" ({', '.join(self.capabilities)})" if self.capabilities else ""
        return f"{', '.join(self.devices)} by {self.way}{capabilities}"


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container as it is to be, or as it is.

    Attributes:
        image: reference that it is made from.
        mounts: folders and files of the host, sorted.
        shm_bytes: size of /dev/shm.
        gpus: what it asks for; one that is wanted has at most one request.
        user: who its processes are; None for the image's own.
        environment: what is declared of it; empty for an observed one, whose values stay on the host.
        ports: sorted.
        restart: `no`, `always`, `unless-stopped` or `on-failure`.
        entrypoint: None for the image's own.
        command: what follows the entry point.
        init: Docker's init is its first process: it reaps zombies and hands signals on.
        tty: it has a terminal.
    """

    image: str
    mounts: tuple[Mount, ...] = ()
    shm_bytes: int = 64 << 20
    gpus: tuple[GpuRequest, ...] = ()
    user: str | None = None
    environment: Environment = field(default_factory=Environment)
    ports: tuple[Port, ...] = ()
    restart: str = "no"
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] = ()
    init: bool = False
    tty: bool = False


def parse_size(text: str) -> int:
    """Bytes from a size as Docker reads it: `512m`, `16g`, with units of 1024.

    Raises:
        ValueError: it is not one.
    """
    match = re.fullmatch(r"(\d+)\s*([bkmgt]?)(?:(?<=[kmgt])i?b)?", text.strip().lower())
    if not match or int(match[1]) == 0:
        raise ValueError("not a size: a number and a unit are needed, as in 512m or 16g")
    return int(match[1]) * _UNITS[match[2]]


def shown_size(size: int) -> str:
    """Bytes as a person and `docker create` write them."""
    for unit in "tgmk":
        if size and size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]}{unit}"
    return str(size)

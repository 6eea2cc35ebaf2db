"""Mounts and ports as people write them. Pure; every error says what would do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from posixpath import normpath

from gpufleet.containers.model import NVIDIA_CDI, Port

HOME = "~"


@dataclass(frozen=True)
class MountText:
    """A mount as it is written, `~` not resolved yet.

    Attributes:
        source: on the host: absolute, or beneath `~`.
        target: inside.
        writable: whether it can be written to from inside.
    """

    source: str
    target: str
    writable: bool


def parse_mount(text: str) -> MountText:
    """Read `source:target` or `source:target:ro`.

    Raises:
        ValueError: it is not a mount.
    """
    if re.match(r"[A-Za-z]:[\\/]", text):
        raise ValueError("a Windows path: inside WSL drive C: is /mnt/c")
    parts = text.split(":")
    if len(parts) not in {2, 3} or (len(parts) == 3 and parts[2] not in {"ro", "rw"}):  # noqa: PLR2004 - with a mode
        raise ValueError("not a mount: write source:target or source:target:ro, as in ~/dataset:/dataset:ro")
    return MountText(host_path(parts[0]), container_path(parts[1]), parts[2:] != ["ro"])


def host_path(text: str) -> str:
    """A path on the host in its shortest form, as Docker shows it.

    Raises:
        ValueError: it is neither absolute nor beneath `~`, or leads upwards.
    """
    if not (text == HOME or text.startswith((f"{HOME}/", "/"))):
        raise ValueError(f"{text!r}: a path on the host begins with / or ~/")
    return _plain(text)


def container_path(text: str) -> str:
    """A path inside a container in its shortest form, as Docker shows it.

    Raises:
        ValueError: it is not absolute, leads upwards, or is `/`.
    """
    if not text.startswith("/") or normpath(text) in {"/", "//"}:
        raise ValueError(f"{text!r}: a path inside the container begins with / and is not / itself")
    return _plain(text)


def parse_port(text: str) -> Port:
    """Read `8888:8888`, `127.0.0.1:8888:8888` or `5000:5000/udp`.

    Raises:
        ValueError: it is not that.
    """
    match = re.fullmatch(r"(?:(?P<address>.+):)?(?P<outside>\d+):(?P<inside>\d+)(?:/(?P<protocol>tcp|udp|sctp))?", text)
    if not match:
        raise ValueError("not a port: write outside:inside, as in 8888:8888, or 127.0.0.1:8888:8888 for this host only")
    numbers = int(match["inside"]), int(match["outside"])
    if any(not 0 < number < 1 << 16 for number in numbers):
        raise ValueError("not a port: the numbers go from 1 to 65535")
    return Port(*numbers, _address(match["address"] or ""), match["protocol"] or "tcp")


def canonical_gpu(text: str) -> str:
    """An index without zeros in front, also behind `nvidia.com/gpu=`; any other name as it is."""
    return re.sub(rf"^({NVIDIA_CDI})?0+(?=\d+$)", r"\1", text)


def _address(text: str) -> str:
    bare = text.removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(bare)) if bare else ""
    except ValueError:
        raise ValueError(f"{text!r} is not an IP address of the host") from None


def _plain(text: str) -> str:
    if ".." in text.split("/"):
        raise ValueError(f"{text!r}: write the path without ..")
    if re.search(r"[\x00-\x1f]", text):
        raise ValueError(f"{text!r}: no control characters in a path")
    return re.sub(r"^/+", "/", normpath(text))

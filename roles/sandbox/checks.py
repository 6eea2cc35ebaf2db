"""What can stand in each field of a sandbox. Pure; errors say what would do, and show no value of a variable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from gpufleet.containers.model import PREVIOUS, Environment, Port, parse_size
from roles.sandbox.parsing import canonical_gpu, container_path, host_path, parse_mount, parse_port

if TYPE_CHECKING:
    from collections.abc import Callable

Parsed = TypeVar("Parsed")
WORKSPACE = "/app"
"""Where the workspace shows inside."""
GPU_VARIABLES = {"NVIDIA_VISIBLE_DEVICES": "gpus", "NVIDIA_DRIVER_CAPABILITIES": "driver_capabilities"}
CAPABILITIES = ("all", "compute", "compat32", "display", "graphics", "ngx", "utility", "video")
"""Of the driver, as the NVIDIA Container Toolkit names them."""
PAGE = 4096
"""Bytes of a page of memory."""
GPU = r"\d+(:\d+)?|(GPU|MIG)-[0-9A-Za-z/-]+|[a-z][\w.-]*/[\w.-]+=[\w.:-]+"
"""An index, an index of a MIG device (`0:1`), a UUID, or the full name of a CDI device."""


def name(value: str) -> str:
    """A name that Docker takes for a container, and that no other has."""
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", value):
        raise ValueError("not a container's name: letters, digits, _ . and -, at least two, a letter or digit first")
    if value.endswith(PREVIOUS):
        raise ValueError(f"names that end in {PREVIOUS} are kept for containers that are being replaced")
    return value


def quoted(value: object) -> object:
    """YAML reads 22:22 as the number 1342."""
    if type(value) in {int, float}:
        raise ValueError('YAML has read a number: write it between quotes, as in "8888:8888" or "1000:1000"')
    return value


def workspace(value: str | None) -> str | None:
    """A folder of the host, None for the default one."""
    if value is not None and ":" in value:
        raise ValueError("a folder of the host only: it always shows as /app")
    return value if value is None else host_path(value)


def mounts(value: list[str]) -> list[str]:
    """Mounts with a place of their own each."""
    targets = [_each(text, parse_mount).target for text in value] + [WORKSPACE]
    for target in targets:
        if targets.count(target) > 1:
            raise ValueError(f"two mounts at {container_path(target)} ({WORKSPACE} is the workspace)")
    return value


def ports(value: list[str]) -> list[str]:
    """Ports that can all be had."""
    taken: list[Port] = []
    for port in (_each(text, parse_port) for text in value):
        if any(port.takes_from(other) for other in taken):
            raise ValueError(f"port {port.outside} of the host leads inside twice")
        taken.append(port)
    return value


def reference(value: str | None) -> str | None:
    """The name of an image; Docker would take another text for an option."""
    if value is not None and not re.fullmatch(r"[A-Za-z0-9][^\s\x00-\x1f]*", value):
        raise ValueError("not the name of an image, as in debian:trixie-slim")
    return value


def gpus(value: object) -> object:
    """Indices may be written as numbers."""
    if value is None or value in ("all", "none"):
        return value
    listed = value if isinstance(value, list) else []
    names = [canonical_gpu(str(name)) for name in listed if type(name) in {int, str}]
    names = [name for name in names if re.fullmatch(GPU, name)]
    if not names or len(names) != len(listed):
        raise ValueError("neither all, nor none, nor a list of GPUs, as in [0, 1] or [GPU-5d5ba0d6-…]")
    return names


def capabilities(value: list[str]) -> list[str]:
    """What the driver has to offer."""
    for name in value:
        if name not in CAPABILITIES:
            raise ValueError(f"{name!r} is not one of {', '.join(CAPABILITIES)}")
    if not value:
        raise ValueError("an empty list: write gpus: none for no GPU")
    return value


def size(value: str) -> str:
    """A size that the kernel gives exactly."""
    if parse_size(value) < 1 << 20:
        raise ValueError("less than 1m: is a unit missing, as in 16g?")
    if parse_size(value) % PAGE:
        raise ValueError(f"not a multiple of {PAGE} bytes, to which the kernel would round it up")
    return value


def user(value: str | None) -> str | None:
    """A user, with or without a group."""
    if value is not None and not re.fullmatch(r"[a-zA-Z0-9_][\w.-]*(:[a-zA-Z0-9_][\w.-]*)?", value):
        raise ValueError("not a user: a name or a number, with a group behind a colon, as in 1000:1000")
    return value


def whole_numbers_as_text(value: object) -> object:
    """Others are not: YAML has read 3.10 as 3.1."""
    if not isinstance(value, dict):
        return value
    for name, part in value.items():
        if type(part) is float:
            raise ValueError(f'{name}: YAML has read a number: write it between quotes, as in "3.10"')
    return {name: str(part) if type(part) is int else part for name, part in value.items()}


def variables(value: dict[str, str]) -> dict[str, str]:
    """Variables that Docker can read from a file."""
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError(f"{name!r} is not the name of a variable")
        if name in GPU_VARIABLES:
            raise ValueError(f"{name}: set {GPU_VARIABLES[name]} instead")
        if re.search(r"[\n\r\x00]", text):
            raise ValueError(f"{name}: Docker takes no value of more than one line; mount a file")
    return Environment(value)


def _each(text: str, parse: Callable[[str], Parsed]) -> Parsed:
    try:
        return parse(text)
    except ValueError as error:
        message = str(error)
        raise ValueError(message if text in message else f"{text!r}: {message}") from None

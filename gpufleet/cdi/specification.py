"""Reads a CDI specification: which devices it offers, what it needs of the host, which driver it was made for.

Format: https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WSL_DEVICE = "/dev/dxg"
"""Through which WSL reaches all GPUs."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML came with libyaml."""
_LIBRARY = re.compile(r"/(libcuda|libnvidia-ml)\.so\.[\d.]*\d$")
_DRIVER_LIBRARY = re.compile(r"/lib(?:cuda|nvidia-ml)\.so\.(\d{3,}\.\d+(?:\.\d+)*)$")
"""Three digits at least: Windows' own is called libcuda.so.1.1."""
_DRIVER_COMMENT = re.compile(rb"^# driver: (\d{3,}\.\d+(?:\.\d+)*)\s*$", re.MULTILINE)
"""What our scripts write below one that they have made on WSL."""
_DRIVER_ARGUMENT = re.compile(r"^--host-driver-version=(\d{3,}\.\d+(?:\.\d+)*)$")


class SpecificationError(ValueError):
    """The text is no CDI specification; the message says what is wrong with it."""


@dataclass(frozen=True)
class Specification:
    """One CDI specification.

    Attributes:
        kind: vendor and class of its devices, as `nvidia.com/gpu`.
        devices: their names: an index, a UUID, `all`.
        needs: paths on the host without which a container with one of its devices cannot start.
        drivers: versions of the NVIDIA driver that its libraries are of; on WSL, whose files carry no version, what our
            scripts have noted.
        libraries: which of libcuda and libnvidia-ml it mounts.
    """

    kind: str
    devices: tuple[str, ...]
    needs: frozenset[str]
    drivers: frozenset[str]
    libraries: frozenset[str]


def parse(text: bytes) -> Specification:
    """Read a specification.

    Args:
        text: the file's bytes, YAML or JSON.

    Raises:
        SpecificationError: neither, or not a specification.
    """
    try:
        content = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, in C
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise SpecificationError(f"neither YAML nor JSON{where}") from error
    if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
        raise SpecificationError("no CDI specification: it names no kind")
    noted = (version.decode() for version in _DRIVER_COMMENT.findall(text))
    try:
        return _specification(content, noted)
    except (AttributeError, KeyError, TypeError) as error:
        raise SpecificationError("no CDI specification: not of its form") from error


def _specification(content: dict[str, Any], noted: Iterable[str]) -> Specification:
    devices = content.get("devices") or []
    edits = [content.get("containerEdits") or {}, *(device.get("containerEdits") or {} for device in devices)]
    needs = frozenset(path for edit in edits for path in _needs(edit))
    arguments = [argument for edit in edits for hook in edit.get("hooks") or () for argument in hook.get("args") or ()]
    return Specification(
        kind=content["kind"],
        devices=tuple(str(device["name"]) for device in devices),
        needs=needs,
        drivers=frozenset([*_found(_DRIVER_LIBRARY, needs), *_found(_DRIVER_ARGUMENT, arguments), *noted]),
        libraries=frozenset(_found(_LIBRARY, needs)),
    )


def _needs(edit: dict[str, Any]) -> Iterator[str]:
    for mount in edit.get("mounts") or ():
        yield str(mount["hostPath"])
    for node in edit.get("deviceNodes") or ():
        yield str(node.get("hostPath") or node["path"])
    for hook in edit.get("hooks") or ():
        yield str(hook["path"])


def _found(pattern: re.Pattern[str], texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if found := pattern.search(str(text)):
            yield found[1]

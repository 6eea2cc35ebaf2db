"""Sentences about containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.compare import Gap
    from gpufleet.containers.layer import Layer

SHOWN = 4
"""Differences that are named one by one."""


def contents(gaps: Sequence[Gap]) -> str:
    """How a container differs, in one line."""
    more = f"; and {len(gaps) - SHOWN} more" if len(gaps) > SHOWN else ""
    return "; ".join(map(str, gaps[:SHOWN])) + more


def replaced(layer: Layer | None) -> str:
    """What goes with a container."""
    if layer is None:
        return "what it wrote outside its mounts goes (it could not be counted); mounts stay"
    if not layer.paths and not layer.size:
        return "it wrote nothing outside its mounts, which stay"
    size = "" if layer.size is None else f", {shown_bytes(layer.size)}"
    return f"what it wrote outside its mounts goes ({layer.paths} files and folders{size}); mounts stay"


def shown_bytes(size: int) -> str:
    """Bytes for a person, in units of 1000."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"

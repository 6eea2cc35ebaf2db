"""Sentences about containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.compare import Gap
    from gpufleet.containers.layer import Layer

Volume: TypeAlias = tuple[str, str]
SHOWN = 4
"""Differences that are named one by one."""


def contents(gaps: Sequence[Gap]) -> str:
    """How a container differs, in one line."""
    more = f"; and {len(gaps) - SHOWN} more" if len(gaps) > SHOWN else ""
    return "; ".join(map(str, gaps[:SHOWN])) + more


def replaced(layer: Layer | None, handed: Sequence[Volume] = (), left: Sequence[Volume] = ()) -> str:
    """What goes with a container.

    Args:
        layer: what it wrote outside its mounts.
        handed: its nameless volumes that the next one gets, path inside and id of each.
        left: those that stay on the host, in no container.
    """
    words = [_lost(layer)]
    words += [f"its volumes go over to the new one ({', '.join(path for path, _ in handed)})"] if handed else []
    stay = ", ".join(f"{id_} of {path}" for path, id_ in left)
    words += [f"volumes that stay, in no container: {stay}"] if left else []
    return "; ".join(words)


def _lost(layer: Layer | None) -> str:
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

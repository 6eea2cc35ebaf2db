"""What files of containerd's say of CRI, Kubernetes' interface, each alone and all together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.apt.versions import at_least
from gpufleet.containerd.effect import PLUGINS
from gpufleet.containerd.toml_text import Table, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

MERGES_SINCE = (2, 0)
"""The containerd from which on sections of several files are merged (containerd#9982)."""


class AmbiguousError(ValueError):
    """Several files set CRI up, and this containerd does not merge them; the text names them."""


def section(raw: bytes) -> Table:
    """What one file says.

    Args:
        raw: its bytes.

    Raises:
        TomlTextError: it is no TOML.
    """
    table = parse(raw)
    plugins = table.get("plugins", {})
    found = plugins.get(PLUGINS.get(table.get("version", 1), ""), {})
    return found if isinstance(found, dict) else {}


def users_section(version: str, file: bytes, others: Mapping[str, bytes]) -> Table:
    """What the user's files say together.

    Args:
        version: of containerd.
        file: config.toml; empty where there is none.
        others: further files that containerd reads, in its order, without ours.

    Raises:
        TomlTextError: one of them is no TOML.
        AmbiguousError: several say something, and this containerd does not merge them.
    """
    further = {path: found for path, raw in others.items() if (found := section(raw))}
    if at_least(version, MERGES_SINCE):
        together = section(file)
        for each in further.values():
            together = _merged(together, each)
        return together
    if len(further) > 1:
        raise AmbiguousError(" and ".join(sorted(further)))
    return next(iter(further.values()), None) or section(file)


def _merged(under: Table, over: Table) -> Table:
    both = {
        key: _merged(under[key], value) if isinstance(value, dict) and isinstance(under.get(key), dict) else value
        for key, value in over.items()
    }
    return {**under, **both}

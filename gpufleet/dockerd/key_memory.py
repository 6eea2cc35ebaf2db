"""Whose keys stand in daemon.json, as a host remembers it: for each owner (a role) the leaves that are its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gpufleet.dockerd.json_paths import KeyPath
from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.json_tree import Scalar, Tree, from_plain, render

Memory: TypeAlias = Mapping[str, frozenset[KeyPath]]
"""For each owner the leaves that are its own."""


def together(*memories: Memory) -> Memory:
    """Everything that any of these memories holds."""
    owners = {owner for memory in memories for owner in memory}
    return {owner: frozenset().union(*(memory.get(owner, ()) for memory in memories)) for owner in owners}


def parse_memory(raw: bytes | None) -> Memory:
    """Read what `render_memory` wrote; None, no file, is no memory.

    Raises:
        JsonTextError: the file holds something else.
    """
    memory: dict[str, frozenset[KeyPath]] = {}
    for owner, paths in parse_object(raw or b"").items():
        if not isinstance(paths, list):
            raise JsonTextError(f'no list of keys for "{owner}"', "", 0)
        memory[owner] = frozenset(map(_key_path, paths))
    return memory


def render_memory(memory: Memory) -> str:
    """The text in which a host remembers who owns what."""
    return render(from_plain({owner: sorted(map(list, paths)) for owner, paths in sorted(memory.items())}))


def _key_path(tree: Tree) -> KeyPath:
    keys = [key.value if isinstance(key, Scalar) else None for key in tree] if isinstance(tree, list) else []
    path = tuple(key for key in keys if isinstance(key, str))
    if not path or len(path) != len(keys):
        raise JsonTextError("a path that is not a list of keys", "", 0)
    return path

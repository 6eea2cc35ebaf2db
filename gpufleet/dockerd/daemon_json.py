"""Whose keys stand in Docker's daemon.json, and what it should hold.

The file belongs to the host's people and to us. What we declare is merged into what they wrote; a key that we put there
and declare no longer goes; a key that was never ours stays as it was written. To tell the two apart, the keys that are
ours are remembered on the host, for each owner (a role) by itself, as paths of leaves: objects are merged member by
member, everything else (a number, a string, an array, an empty object) is a leaf and belongs to one hand as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpufleet.dockerd.json_paths import KeyPath, find, leaves_of, merge, without
from gpufleet.dockerd.json_tree import Object, Tree, from_plain, same
from gpufleet.dockerd.key_memory import Memory, together

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Plan:
    """What one owner's declaration makes of a daemon.json.

    Attributes:
        current: the file's content as it is.
        desired: the content as it should be.
        memory: who owns what as remembered now.
        remembered: who owns what once the file is as desired.
        taken: leaves that another owner declared with another value, each with that owner.
    """

    current: Object
    desired: Object
    memory: Memory
    remembered: Memory
    taken: Mapping[KeyPath, str]

    @property
    def file_differs(self) -> bool:
        """Whether the file has to be written; spelling and key order are no difference."""
        return not same(self.current, self.desired)

    @property
    def memory_differs(self) -> bool:
        """Whether the memory has to be written."""
        return self.memory != self.remembered

    @property
    def until_written(self) -> Memory:
        """What must be remembered while the file is being replaced: whichever content stands, nothing is lost."""
        return together(self.memory, self.remembered)

    @property
    def foreign(self) -> list[str]:
        """What is the user's own: top-level keys of which nothing is ours, and members beside ours, as `runtimes.x`."""
        leaves = {path for paths in self.remembered.values() for path in paths}
        ours = {path[:depth] for path in leaves for depth in (1, 2)}
        found = []
        for key, value in self.desired.items():
            if (key,) not in ours:
                found.append(key)
            elif isinstance(value, dict) and (key,) not in leaves:
                found += [f"{key}.{member}" for member in value if (key, member) not in ours]
        return found


def plan(
    current: Object, memory: Memory, owner: str, declared: Mapping[str, object], *, outranks: bool = False
) -> Plan:
    """Work out what a daemon.json should hold.

    A leaf becomes the owner's when it is declared and the file did not already say so; one that the user wrote, with
    the same value, stays the user's.

    Args:
        current: the content of the file; empty where there is none.
        memory: who owns what, as the last apply left it.
        owner: who declares, a role's name.
        declared: the keys, as plain values.
        outranks: leaves that other owners put there become this one's where it declares them.

    Raises:
        ValueError: a declared value has no form in JSON.
    """
    wanted: Object = {key: from_plain(value) for key, value in declared.items()}
    own = memory.get(owner, frozenset())
    others = {path: other for other, paths in memory.items() if other != owner for path in paths}
    leaves = dict(leaves_of(wanted))
    gone = [path for path in own if path not in leaves and path not in others]
    gone += [path for path in others if outranks and _clashes(path, leaves)]
    base = without(current, gone)
    desired = merge(base, wanted)
    changed = {path: other for path, other in others.items() if not same(find(current, path), find(desired, path))}
    handed = frozenset(changed) | (others.keys() & leaves.keys()) if outranks else frozenset()
    known = own | handed
    ours = frozenset(path for path, leaf in leaves.items() if path in known or not _holds(find(base, path), leaf))
    remembered = {**{other: paths - handed for other, paths in memory.items()}, owner: ours}
    return Plan(
        current=current,
        desired=desired,
        memory=memory,
        remembered={name: paths for name, paths in remembered.items() if paths},
        taken={} if outranks else changed,
    )


def _clashes(path: KeyPath, leaves: Mapping[KeyPath, Tree]) -> bool:
    """Whether it is the program of a runtime that is declared by its type: dockerd takes one of the two."""
    *runtime, member = path
    return runtime[:1] == ["runtimes"] and member == "path" and (*runtime, "runtimeType") in leaves


def _holds(present: Tree | None, leaf: Tree) -> bool:
    """Whether merging a leaf over what is present changes nothing: an empty object is held by any object."""
    return same(present, leaf) or (leaf == {} and isinstance(present, dict))

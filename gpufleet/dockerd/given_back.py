"""What becomes of a daemon.json when keys of ours are taken back: what the user had in their places stands there again.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.dockerd.json_paths import differences, find, without
from gpufleet.dockerd.json_text import JsonTextError, parse_object
from gpufleet.dockerd.json_tree import render, same
from gpufleet.dockerd.state import DAEMON_JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gpufleet.dockerd.daemon_json import Plan
    from gpufleet.dockerd.json_paths import KeyPath
    from gpufleet.dockerd.json_tree import Object, Tree
    from gpufleet.dockerd.key_memory import Memory
    from gpufleet.made import Made


def given_back(current: Object, leaves: Iterable[KeyPath], before: Object) -> Object:
    """The content without some leaves of ours, with what the user had in their places.

    Args:
        current: what the file holds.
        leaves: those that are ours. One that is no longer there was removed by somebody, and stays away.
        before: what the user had there before us, as far as that is known.
    """
    there = [path for path in leaves if find(current, path) is not None]
    content = without(current, there)
    for path in there:
        for depth in range(1, len(path) + 1):
            value = find(before, path[:depth])
            whole = depth == len(path) or not (isinstance(value, dict) and value)
            if value is not None and whole and find(content, path[:depth]) is None:
                content = with_value(content, path[:depth], value)
    return content


def replaced(current: Object, desired: Object, memory: Memory) -> dict[KeyPath, Tree]:
    """What of the user's own goes when a file is changed.

    Args:
        current: what the file holds.
        desired: what it is to hold.
        memory: who owns what now; what we put there ourselves is not the user's.

    Returns:
        The values, by their places.
    """
    ours = [path for paths in memory.values() for path in paths]
    return {
        path: old
        for path, old, _ in differences(current, desired)
        if old is not None and not any(_overlap(path, own) for own in ours)
    }


def before_us(made: Made) -> Object:
    """What the user's daemon.json held before us, as far as that is known; nothing where there was none."""
    found = made.before.get(DAEMON_JSON)
    try:
        return parse_object(found.content) if found else {}
    except JsonTextError:
        return {}


def users_own(planned: Plan, made: Made) -> str:
    """What is to be remembered as the user's own file, where a change takes more of it away than is known so far.

    At the first change of all the file itself is kept, as it is.

    Args:
        planned: the change.
        made: what the host remembers.

    Returns:
        The text; empty where nothing is to be remembered beside what is.
    """
    if DAEMON_JSON not in {*made.before, *made.files}:
        return ""
    known = before_us(made)
    more = with_values(known, replaced(planned.current, planned.desired, planned.memory))
    return "" if same(known, more) else render(more)


def with_values(tree: Object, values: Mapping[KeyPath, Tree]) -> Object:
    """`tree` with values at some places."""
    for path, value in values.items():
        tree = with_value(tree, path, value)
    return tree


def with_value(tree: Object, path: KeyPath, value: Tree) -> Object:
    """`tree` with a value at one place; what is no object on the way there gives way."""
    key, *rest = path
    below = tree.get(key)
    return {**tree, key: with_value(below if isinstance(below, dict) else {}, tuple(rest), value) if rest else value}


def _overlap(one: KeyPath, other: KeyPath) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]

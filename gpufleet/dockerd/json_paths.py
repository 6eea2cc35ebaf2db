"""Places in a JSON object, by the keys that lead there, and what stands at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gpufleet.dockerd.json_tree import Object, Tree, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

KeyPath: TypeAlias = tuple[str, ...]
"""Keys from the outermost object inwards."""


def merge(base: Object, over: Object) -> Object:
    """`base` with `over` on top: objects member by member, anything else replaced; keys keep their places."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def without(tree: Object, paths: Iterable[KeyPath]) -> Object:
    """`tree` less these leaves, and less the objects that this leaves empty.

    A leaf in whose place an object with members stands by now stays: somebody else put it there.
    """
    for path in paths:
        tree = _less(tree, path)
    return tree


def find(tree: Tree, path: KeyPath) -> Tree | None:
    """The value at a path, or None."""
    for key in path:
        if not isinstance(tree, dict) or key not in tree:
            return None
        tree = tree[key]
    return tree


def leaves_of(tree: Object) -> Iterator[tuple[KeyPath, Tree]]:
    """The leaves with their places: what is no object, and objects that are empty."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from (((key, *path), leaf) for path, leaf in leaves_of(value))
        else:
            yield (key,), value


def differences(old: Object, new: Object) -> Iterator[tuple[KeyPath, Tree | None, Tree | None]]:
    """Each place at which two contents differ, as deep as both have objects: path, old value, new value."""
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict) and before and after:
            yield from (((key, *path), one, other) for path, one, other in differences(before, after))
        elif not same(before, after):
            yield (key,), before, after


def _less(tree: Object, path: KeyPath) -> Object:
    key, *rest = path
    value = tree.get(key)
    if isinstance(value, dict) and rest:
        smaller = _less(value, tuple(rest))
        if smaller or smaller == value:
            return {**tree, key: smaller}
    elif rest or value is None or (isinstance(value, dict) and value):
        return tree
    return {name: item for name, item in tree.items() if name != key}

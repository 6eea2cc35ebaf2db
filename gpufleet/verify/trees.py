"""Holds nested values against each other. Pure."""

from __future__ import annotations

from typing import Any


def missing(held: Any, declared: Any, path: str = "") -> list[str]:  # noqa: ANN401 - what JSON can hold
    """What is declared and not held. Objects are compared member by member, everything else as a whole.

    Args:
        held: what is there; it may hold more.
        declared: what has to be there.
        path: where both stand, for the result.

    Returns:
        One line for each difference: path, declared and held value.
    """
    if isinstance(declared, dict) and isinstance(held, dict):
        pairs = [(held.get(key), value, f"{path}.{key}" if path else key) for key, value in declared.items()]
        return [line for pair in pairs for line in missing(*pair)]
    same = held == declared and type(held) is type(declared)  # 1 is not True
    return [] if same else [f"{path}: {declared!r} is declared, {held!r} is there"]

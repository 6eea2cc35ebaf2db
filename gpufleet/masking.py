"""Show declared and observed values to a person without the secrets in them."""

from __future__ import annotations

import json

from gpufleet.dockerd.json_tree import Scalar, Tree, compact
from gpufleet.secret_texts import MASK, SECRET_NAME, hidden

LONGEST = 160
"""Characters of a value that still fit a line of a report."""


def shown(tree: Tree | None, name: str = "") -> str:
    """One line: what `hidden` hides and values under a telling name are hidden, long values cut.

    Args:
        tree: the value, None where there is none.
        name: the key that it stands under.
    """
    if tree is None:
        return "nothing"
    text = hidden(compact(_masked(tree, name)))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def holds_secret(tree: Tree) -> bool:
    """Whether anything in it would be hidden."""
    text = compact(_masked(tree, ""))
    return text != compact(tree) or hidden(text) != text


def _masked(tree: Tree, name: str) -> Tree:
    if isinstance(tree, dict):
        return {key: _masked(value, key) for key, value in tree.items()}
    if SECRET_NAME.search(name):
        return Scalar(json.dumps(MASK))
    return [_masked(item, name) for item in tree] if isinstance(tree, list) else tree

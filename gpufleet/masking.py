"""Show declared and observed values to a person without the secrets in them."""

from __future__ import annotations

import json
import re

from gpufleet.dockerd.json_tree import Scalar, Tree, compact

LONGEST = 160
"""Characters of a value that still fit a line of a report."""

_SECRET_NAME = re.compile(r"token|passw|secret|credential|api-?key", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=//)[^/\s\"]+(?=@)")
"""Up to the last @ before the path: a password may hold one."""


def shown(tree: Tree | None, name: str = "") -> str:
    """One line: credentials in URLs and values under a telling name are hidden, long values cut.

    Args:
        tree: the value, None where there is none.
        name: the key that it stands under.
    """
    if tree is None:
        return "nothing"
    text = _CREDENTIALS.sub("***", compact(_masked(tree, name)))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def holds_secret(tree: Tree) -> bool:
    """Whether anything in it would be hidden."""
    text = compact(_masked(tree, ""))
    return text != compact(tree) or _CREDENTIALS.search(text) is not None


def _masked(tree: Tree, name: str) -> Tree:
    if isinstance(tree, dict):
        return {key: _masked(value, key) for key, value in tree.items()}
    if _SECRET_NAME.search(name):
        return Scalar(json.dumps("***"))
    return [_masked(item, name) for item in tree] if isinstance(tree, list) else tree


def hidden(text: str) -> str:
    """A text with the credentials in its URLs hidden."""
    return _CREDENTIALS.sub("***", text)

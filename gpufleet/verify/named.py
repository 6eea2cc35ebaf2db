"""What a test of a verification is called in a report. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST = 300
"""Characters of a message that a report keeps; pytest's own output has all of it."""
_RAISED = re.compile(r"(?:AssertionError|Failed): ")


def test_id(node: str, host: str) -> str:
    """The test's name, the same for every host: `test_it[image]`.

    Args:
        node: pytest's node id, `tests/verify/test_gpu.py::test_it[gpu1-image]`.
        host: one of its parameters, or none.
    """
    name = node.partition("::")[2] or node
    before, bracket, inside = name.partition("[")
    parameters = inside.removesuffix("]")
    for held in (f"{host}-", f"-{host}"):
        if parameters.startswith(held) or parameters.endswith(held):
            rest = parameters.removeprefix(held) if parameters.startswith(held) else parameters.removesuffix(held)
            return f"{before}[{rest}]"
    return before if parameters == host or not bracket else name


def sentence(name: str) -> str:
    """What a test expects, in words: its name is a sentence.

    Args:
        name: as `test_id` returns it.
    """
    function, bracket, parameters = name.rpartition("::")[2].partition("[")
    return f"{function.removeprefix('test_').replace('_', ' ')}{' ' if bracket else ''}{bracket}{parameters}"


def role(node: str, roles: Collection[str]) -> str:
    """The role that a test is about, by the name of its file.

    Args:
        node: pytest's node id.
        roles: those that there are.

    Returns:
        The role with the longest name that the file's begins with; the file's own where there is none.
    """
    stem = node.partition("::")[0].rpartition("/")[2].removesuffix(".py").removeprefix("test_")
    fitting = [name for name in roles if stem == name or stem.startswith(f"{name}_")]
    return max(fitting, key=len, default=stem)


def message(raised: str) -> str:
    """One short line out of what a test failed with.

    Args:
        raised: pytest's account of it, `AssertionError: it is not there` and what was compared.
    """
    first = next((line.strip() for line in raised.splitlines() if line.strip()), "no message")
    said = _RAISED.sub("", first, count=1)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}..."

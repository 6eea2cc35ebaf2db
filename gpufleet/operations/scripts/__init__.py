"""Shell scripts that operations run on hosts; POSIX sh, since a host need have nothing else."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pyinfra.api import QuoteString, StringCommand

if TYPE_CHECKING:
    from collections.abc import Sequence


@cache
def text(name: str) -> str:
    """The text of one script in this folder, as `apt.sh`."""
    return (files(__name__) / name).read_text(encoding="utf-8")


def run(*names: str, arguments: Sequence[str] = ()) -> StringCommand:
    """A command that runs scripts of this folder one behind the other, in one shell.

    Args:
        names: the scripts; the first ones define the functions that the last one uses.
        arguments: `$1`, `$2`, … whatever they hold.
    """
    script = QuoteString("\n".join(text(name) for name in names))
    return StringCommand("sh -c", script, "sh", *(QuoteString(argument) for argument in arguments))

"""Shell scripts that operations run on hosts; POSIX sh, since a host need have nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import QuoteString, StringCommand

from gpufleet.facts.scripts import script

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(*names: str, arguments: Sequence[str] = ()) -> StringCommand:
    """A command that runs scripts of this folder one behind the other, in one shell.

    Args:
        names: the scripts; the first ones define the functions that the last one uses.
        arguments: `$1`, `$2`, … whatever they hold.
    """
    text = QuoteString("\n".join(script(name, __name__) for name in names))
    return StringCommand("sh -c", text, "sh", *(QuoteString(argument) for argument in arguments))

"""What the command line of a job means on this machine. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from gpufleet.daily.errors import DailyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def environment(given: Sequence[str], here: Mapping[str, str]) -> dict[str, str]:
    """Variables from `NAME=VALUE`, or from `NAME` alone, which then has the value that it has here, if any.

    Args:
        given: as on the command line; of a name given twice the last counts.
        here: the variables of this process.

    Raises:
        DailyError: a name or value cannot be one.
    """
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise DailyError(f"--env {name}: not the name of a variable")
        if sign or name in here:
            found[name] = value if sign else here[name]
    return found


def local_mount(text: str) -> str:
    """A mount whose source may be written from the current directory: `data:/data`.

    Raises:
        DailyError: as `local_path` says.
    """
    source, colon, rest = text.partition(":")
    return f"{local_path(source)}{colon}{rest}" if source else text


def local_path(text: str) -> str:
    """The whole of a path that may be written from the current directory or from a home.

    Args:
        text: as a person wrote it, and not empty.

    Raises:
        DailyError: there is no such home.
    """
    try:
        return str(Path(text).expanduser().resolve())
    except RuntimeError as error:  # which is how pathlib says that there is no such user
        raise DailyError(f"{text}: {error}") from None

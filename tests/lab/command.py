"""Run a program and, when it fails, say which one and what it printed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tests.lab import processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class CommandError(RuntimeError):
    """A program of the machine failed; the message holds its last output."""


def run(arguments: Sequence[str], *, env: Mapping[str, str] | None = None, stdin: str | None = None) -> str:
    """Run `arguments` (no shell) and return what it printed to its standard output.

    Raises:
        CommandError: the program is missing or its exit status is not 0.
    """
    name, _, value = processes.MARK.partition("=")
    marked = {**(os.environ if env is None else env), name: value}
    try:
        done = subprocess.run(arguments, env=marked, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CommandError(f"{arguments[0]} is not on this machine") from error
    if done.returncode:
        output = (done.stdout + done.stderr)[-2000:].strip()
        raise CommandError(f"{' '.join(arguments)} failed with status {done.returncode}:\n{output}")
    return done.stdout

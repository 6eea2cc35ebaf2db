"""Runs a Python program of this checkout in a container of a host, and reads the one JSON object that it prints."""

from __future__ import annotations

import base64
import json
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from testinfra.host import Host

LAST_LINES = 15
"""Of what a program printed that gave no answer."""


class ProgramError(Exception):
    """A program gave no answer; the message holds its exit code and the end of what it printed."""


def run(host: Host, command: Sequence[str], program: Path) -> dict[str, Any]:
    """Send a program to the standard input of a command and read its answer; nothing is left in the container.

    Args:
        host: where Docker runs.
        command: `docker exec -i CONTAINER python -P - …` or `docker run -i … IMAGE python -P - …`.
        program: a file of this checkout that needs no other.

    Returns:
        What it printed.

    Raises:
        ProgramError: it printed no JSON object.
    """
    done = host.run(piped(command, program.read_bytes()))
    return answer(done.rc, done.stdout, done.stderr)


def piped(command: Sequence[str], program: bytes) -> str:
    """A shell command that sends a program to the standard input of a command.

    Args:
        command: as for `run`.
        program: its text, which needs no other file.
    """
    content = base64.b64encode(program).decode()
    return f"printf %s {content} | base64 -d | {shlex.join(command)}"


def answer(code: int, stdout: str, stderr: str) -> dict[str, Any]:
    """Read what a program printed. Pure.

    Args:
        code: its exit code, for the error.
        stdout: one JSON object.
        stderr: what it complained of, for the error.

    Raises:
        ProgramError: there is no such object.
    """
    try:
        printed = json.loads(stdout)
    except json.JSONDecodeError:
        printed = None
    if not isinstance(printed, dict):
        said = "\n".join((stdout + stderr).strip().splitlines()[-LAST_LINES:])
        raise ProgramError(f"no answer, exit code {code}: {said}")
    return printed

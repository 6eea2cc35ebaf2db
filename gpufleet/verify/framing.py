"""Carries a command's exact result over a connection that only knows lines of text.

pyinfra answers decoded lines and success or failure. A test needs the exit code and every byte of both streams, so
the command runs inside a small script that sends each stream as base64 after a line of its own; what the way there
prints (a login shell's greeting, a warning of sudo) comes before that line and is left out.
"""

from __future__ import annotations

import base64
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

START = "--gpufleet-answer--"
KILL_AFTER = 5
"""Seconds between SIGTERM and SIGKILL for a command that ran out of time."""
BASE64 = "base64 -w 65536"  # long lines: the reader at this end pays per line


class NoAnswerError(ValueError):
    """What came back is no framed answer: the script did not run, or not to its end. Message: what came instead."""


@dataclass(frozen=True)
class Answer:
    """A command's exit code and output, byte for byte."""

    code: int
    stdout: bytes
    stderr: bytes


def script(command: str, seconds: int) -> str:
    """A POSIX shell script that runs a command and sends its result in frames.

    Args:
        command: what `sh -c` is to run. It gets an empty standard input and none of the script's descriptors.
        seconds: after that long the command and its children get SIGTERM, and SIGKILL a little later; the exit code
            is then 124 or 137 (coreutils' `timeout`).

    Returns:
        The script. Nothing is written on the host, so nothing is left there when the connection breaks.
    """
    run = f"timeout -k {KILL_AFTER} {seconds} sh -c {shlex.quote(command)} </dev/null 3>&- 4>&-"
    return (
        f"echo {START}; echo {START} >&2; exec 3>&1\n"
        f"{{ {{ {run}; printf '\\n%s' \"$?\"; }} 2>&4 | {BASE64} >&3; }} 4>&1 | {BASE64} >&2"
    )


def answer(stdout_lines: Sequence[str], stderr_lines: Sequence[str]) -> Answer:
    """Read the frames that `script` sent.

    Args:
        stdout_lines: what came on standard output, without line ends.
        stderr_lines: what came on standard error.

    Returns:
        The command's own result.

    Raises:
        NoAnswerError: a frame is missing or cut short.
    """
    try:
        stdout, _, code = _payload(stdout_lines).rpartition(b"\n")
        return Answer(int(code), stdout, _payload(stderr_lines))
    except ValueError as error:
        heard = " ".join(line for line in [*stderr_lines, *stdout_lines] if line and START not in line)
        raise NoAnswerError(heard[:300]) from error


def _payload(lines: Sequence[str]) -> bytes:
    """The bytes after the start line; ValueError (base64's own error is one) when there are none."""
    starts = [index for index, line in enumerate(lines) if line.endswith(START)]
    if not starts:
        raise ValueError("no start line")
    return base64.b64decode("".join(lines[starts[0] + 1 :]), validate=True)

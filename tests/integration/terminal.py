"""A person at a terminal, for tests: a pseudo-terminal with a size, in which a command runs."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS = 120
GPUFLEET = str(Path(sys.executable).with_name("gpufleet"))


class Terminal:
    """A terminal with a command in it.

    Args:
        process: the command's number.
        screen: the terminal's descriptor.

    Attributes:
        said: everything that came so far.
    """

    def __init__(self, process: int, screen: int) -> None:
        self.process = process
        self.said = ""
        self._screen = screen
        self._read = 0

    def types(self, text: str) -> None:
        """Type it."""
        os.write(self._screen, text.encode())

    def shows(self, text: str, seconds: float = SECONDS) -> str:
        """Wait for a text behind what was waited for before; return what came up to its end."""
        deadline = time.monotonic() + seconds
        while (found := self.said.find(text, self._read)) < 0:
            if time.monotonic() > deadline or not self._more(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} never came: {self.said!r}")
        before, self._read = self._read, found + len(text)
        return self.said[before : self._read]

    def asks(self, command: str) -> str:
        """Type a shell command; return what it prints."""
        self.types(f"echo be''gin; {command}; echo e''nd\n")
        self.shows("begin\r\n")
        return self.shows("end\r\n").removesuffix("end\r\n").strip().replace("\r\n", "\n")

    def resize(self, rows: int, columns: int) -> None:
        """Make the window another size."""
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def ends(self, seconds: float = SECONDS) -> int:
        """Wait for the command's end; return its exit code, 128 and the number of a signal for that."""
        deadline = time.monotonic() + seconds
        while self._more(max(0, deadline - time.monotonic())):
            pass
        while time.monotonic() < deadline:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                self.process = 0
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            time.sleep(0.02)
        raise AssertionError(f"it has not ended: {self.said!r}")

    def close(self) -> None:
        """Close the window, as a person does who has enough."""
        os.close(self._screen)
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self.process = 0

    def _more(self, seconds: float) -> bool:
        """Read once; False at the end, and when nothing came in time."""
        if not select.select([self._screen], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self._screen, 4096)
        except OSError:  # how Linux tells that nobody has the other side open any more
            return False
        self.said += data.decode(errors="replace")
        return bool(data)


@contextmanager
def terminal(
    *arguments: str,
    rows: int = 33,
    columns: int = 101,
    environment: Mapping[str, str] | None = None,
    program: str = GPUFLEET,
    folder: Path = CHECKOUT,
) -> Iterator[Terminal]:
    """A terminal in which a program runs with these arguments; closed in the end."""
    process, screen = pty.fork()
    if not process:
        os.chdir(folder)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        own = {**os.environ, "TERM": "xterm-256color", **(environment or {})}
        os.execvpe(program, [program, *arguments], own)  # noqa: S606 - no shell is meant
    opened = Terminal(process, screen)
    try:
        yield opened
    finally:
        opened.close()

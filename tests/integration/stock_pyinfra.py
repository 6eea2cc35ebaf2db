"""The stock pyinfra command, as a user starts it: with and without a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PYINFRA = Path(sys.executable).with_name("pyinfra")
DEPLOY = CHECKOUT / "deploy.py"
COLOUR = r"\x1b\[[0-9;]*[A-Za-z]"


@dataclass(frozen=True)
class Run:
    """What one call of pyinfra came to.

    Attributes:
        code: its exit status.
        output: standard output and standard error, in order.
    """

    code: int
    output: str

    def lines_of(self, host: str) -> str:
        """What was said about one host."""
        return "\n".join(line for line in self.output.splitlines() if line.strip().startswith(f"[{host}]"))


def pyinfra(inventory: Path, *arguments: str | Path, seconds: float = 300) -> Run:
    """Run it in the checkout, without a terminal.

    Args:
        inventory: an inventory.py.
        arguments: deploy file and options.
        seconds: until it is given up.
    """
    done = subprocess.run(
        _command(inventory, arguments),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=seconds,
    )
    return Run(done.returncode, done.stdout)


def pyinfra_in_terminal(inventory: Path, *arguments: str | Path, prompt: str, answers: list[str]) -> Run:
    """Run it in a terminal of its own, with a person who answers.

    Args:
        inventory: an inventory.py.
        arguments: deploy file and options.
        prompt: words that ask for the next answer.
        answers: what is typed, in order; further prompts get an empty line.
    """
    command = _command(inventory, arguments)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(CHECKOUT)
        os.execv(command[0], command)  # noqa: S606 - the child of a fork
    output, answered = "", 0
    while part := _read(terminal):
        output += part
        while output.count(prompt) > answered:
            answer = answers[answered] if answered < len(answers) else ""
            os.write(terminal, f"{answer}\n".encode())
            answered += 1
    os.close(terminal)
    return Run(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), re.sub(COLOUR, "", output))


def _command(inventory: Path, arguments: tuple[str | Path, ...]) -> list[str]:
    return [str(PYINFRA), *map(str, arguments[1:]), str(inventory), str(arguments[0])]


def _read(terminal: int) -> str:
    """What the program printed next; empty when it has ended."""
    if not select.select([terminal], [], [], 120)[0]:
        raise TimeoutError("pyinfra said nothing for two minutes")
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # EIO: the other end is closed
        return ""

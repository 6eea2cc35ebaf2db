"""Runs one command at a time on a host of pyinfra's, with an exact result."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from paramiko import SSHException
from pyinfra.api import FactBase, StringCommand
from pyinfra.api.arguments import CONNECTOR_ARGUMENT_KEYS, pop_global_arguments
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import ctx_host

from gpufleet.verify import framing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyinfra.api import Host

GRACE = 15
"""Seconds that a host gets, beyond a command's own time, to say that the time is over."""
TIMED_OUT = (124, 137)
"""What coreutils' `timeout` exits with after SIGTERM and after SIGKILL."""

T = TypeVar("T")


class HostLostError(Exception):
    """A host could not be reached, or stopped answering; the message says why."""


class CommandTimeoutError(Exception):
    """A command ran longer than it may; the host itself still answers."""


class Connection:
    """A connected host.

    Args:
        host: pyinfra's host, connected.
        escalation: pyinfra's global arguments with which commands run as root.
        seconds: how long a command may take.

    Attributes:
        commands: how many were sent to it.
    """

    def __init__(self, host: Host, escalation: Mapping[str, object], seconds: int) -> None:
        self.host = host
        self.escalation = dict(escalation)
        self.seconds = seconds
        self.commands = 0
        self._lost: str | None = None

    def run(self, command: str) -> framing.Answer:
        """Run a command with `sh -c` and an empty standard input.

        Args:
            command: the command line.

        Returns:
            Its exit code and output, byte for byte.

        Raises:
            CommandTimeoutError: it was ended because its time was over.
            HostLostError: the host does not answer. It is not asked again: later commands fail at once.
        """
        if self._lost is not None:
            raise HostLostError(self._lost)
        started = time.monotonic()
        self.commands += 1
        try:
            answer = self._ask(command)
        except (framing.NoAnswerError, TimeoutError, OSError, EOFError, SSHException) as error:
            self._lost = _reason(error)
            raise HostLostError(self._lost) from error
        if answer.code in TIMED_OUT and time.monotonic() - started >= self.seconds:
            raise CommandTimeoutError(f"ended after {self.seconds} s: {command}")
        return answer

    def fact(self, fact: type[FactBase[T]], *, as_root: bool = True, **arguments: object) -> T:
        """Read one of pyinfra's facts.

        Args:
            fact: the class of the fact.
            as_root: with the rights of the deploys; else as the user who connects.
            arguments: the fact's own.

        Returns:
            The fact's answer.

        Raises:
            HostLostError: it could not be read.
        """
        if self._lost is not None:
            raise HostLostError(self._lost)
        self.commands += 1
        how = self.escalation if as_root else {"_sudo": False}
        with ctx_host.use(self.host), suppress(PyinfraError):  # "no hosts remaining", when this was the last one
            answer = self.host.get_fact(fact, _timeout=self.seconds, **arguments, **how)
        if self.host in self.host.state.failed_hosts:
            raise HostLostError(f"{fact.__name__} could not be read")
        return answer

    def _ask(self, command: str) -> framing.Answer:
        limit = {"_timeout": self.seconds + framing.KILL_AFTER + GRACE}
        script = StringCommand(framing.script(command, self.seconds))
        every, _ = pop_global_arguments(self.host.state, self.host, dict(self.escalation))
        known = {key: value for key, value in every.items() if key in CONNECTOR_ARGUMENT_KEYS}
        _, output = self.host.run_shell_command(script, **{**known, **limit})
        return framing.answer(output.stdout_lines, output.stderr_lines)


def _reason(error: Exception) -> str:
    if isinstance(error, framing.NoAnswerError):
        return f"no usable answer: {error}" if str(error) else "connection lost in the middle of a command"
    if isinstance(error, TimeoutError):
        return "connection lost: no answer any more"
    return f"connection lost: {str(error) or type(error).__name__}"

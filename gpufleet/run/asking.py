"""Asks one host questions that only read: many in one script, or one alone."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from paramiko import SSHException
from pyinfra.api import StringCommand
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command_for_host

from gpufleet.run.batch import TIMED_OUT, Answer, Question, answers, script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyinfra.api import Host

BATCH_SECONDS = 45
"""How long a host may take over one script: its slowest question has 30 s, and sshd may be slow to start it."""
LOST = (OSError, EOFError, SSHException)
"""What a broken connection looks like; a TimeoutError is an OSError."""
SHELL = "sh"
"""What reads a batch of questions from its standard input."""
_INSIDE = ("_env", "_chdir", "_shell_executable")
"""Global arguments that belong to a command itself; the others say with whose rights it runs."""
_APART = ("_get_pty", "_stdin")
_BECOMES = ("_sudo", "_su_user", "_doas", "_dzdo")

Output: TypeAlias = tuple[bool, CommandOutput]


class LostError(BaseException):
    """The host does not answer any more; the message says why. Not an Exception, so that no operation goes on."""


class Asker:
    """Sends questions to a host.

    Args:
        host: the host.
        connector: its own connector, connected.

    Attributes:
        commands: how many were sent so far.
    """

    def __init__(self, host: Host, connector: Any) -> None:  # noqa: ANN401 - pyinfra's connectors are not typed
        self._host = host
        self._connector = connector
        self.commands = 0

    def one(self, *arguments: Any, **named: Any) -> Output:  # noqa: ANN401 - as the connector's run_shell_command
        """Run one command that only reads.

        Raises:
            LostError: the host does not answer any more.
        """
        self.commands += 1
        own = named.pop("_timeout", None)
        try:
            done: Output = self._connector.run_shell_command(*arguments, **named, _timeout=own or BATCH_SECONDS)
        except LOST as error:
            if own and isinstance(error, TimeoutError):  # only this fact has failed, as pyinfra will say
                raise
            raise LostError(_reason(error)) from error
        return done

    def many(self, questions: Sequence[Question]) -> dict[Question, Output]:
        """Ask all of them in one script.

        Args:
            questions: what is asked.

        Returns:
            The answers. A question that failed has none: alone it goes pyinfra's own way, with what it complains of.

        Raises:
            LostError: the host does not answer any more.
        """
        nonce = secrets.token_hex(16)
        become = {rights: self._shell(rights) for rights in {each.rights for each in questions}}
        text = script(questions, become, nonce)
        found: dict[int, Answer] = {}
        with suppress(UnicodeDecodeError):  # then each is asked alone
            _, output = self.one(StringCommand(SHELL), _stdin=[text])
            found = answers(output.stdout_lines, nonce)
        good = ((each, found[number]) for number, each in enumerate(questions) if number in found)
        return {each: _output(each, answer) for each, answer in good if answer.code in (*each.codes, *TIMED_OUT)}

    def question(self, command: StringCommand, arguments: dict[str, Any]) -> Question | None:
        """A fact's command as a question; None for one that needs a terminal, input or another shell.

        Args:
            command: as pyinfra gives it to a connector.
            arguments: the global arguments with it.
        """
        if any(arguments.get(name) for name in _APART) or not arguments.get("_shell_executable", "sh"):
            return None
        inside = {name: arguments[name] for name in _INSIDE if name in arguments}
        text = make_unix_command_for_host(self._host.state, self._host, command, **inside).get_raw_value()
        special = {*_INSIDE, *_APART, "_timeout", "_success_exit_codes"}
        rights = {name: value for name, value in arguments.items() if name not in special and value}
        if not any(name in rights for name in _BECOMES):
            rights = {}
        return Question(text, tuple(sorted(rights.items())), tuple(arguments.get("_success_exit_codes") or (0,)))

    def _shell(self, rights: tuple[tuple[str, object], ...]) -> str:
        """The command line of a shell with these rights; pyinfra may write its helper for sudo's password first."""
        if not rights:
            return ""
        shell = make_unix_command_for_host(self._host.state, self._host, StringCommand(SHELL), **dict(rights))
        return str(shell.get_raw_value())


def _output(question: Question, answer: Answer) -> Output:
    lines = [OutputLine("stdout", line) for line in answer.lines]
    return answer.code in question.codes, CommandOutput(lines)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {BATCH_SECONDS} s"
    return f"connection lost: {str(error) or type(error).__name__}"

"""Answers the facts of one host from one remote script instead of a command each.

`BatchedConnector` stands in front of a host's own connector (`host.connector = BatchedConnector(host)`), whichever
that is; nothing of pyinfra is patched. A command counts as a fact only while an operation's generator runs or the
deploy is read (`reads`): then it is answered from memory, or noted down and the generator given up (`WantedError`), to
be run again after `fetch`. Whatever changes the host makes all answers forgotten.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from paramiko import SSHException
from pyinfra.api import StringCommand
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command_for_host

from gpufleet.become import foreseen
from gpufleet.finding import Finding, Step
from gpufleet.run.batch import TIMED_OUT, Question, answers, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pyinfra.api import FactBase, Host
    from pyinfra.api.command import PyinfraCommand

BATCH_SECONDS = 45
"""How long a host may take over one script: its slowest question has 30 s, and sshd may be slow to start it."""
LOST = (OSError, EOFError, SSHException)
"""What a broken connection looks like; a TimeoutError is an OSError."""
_INSIDE = ("_env", "_chdir", "_shell_executable")
"""Global arguments that belong to a command itself; the others say with whose rights it runs."""
_APART = ("_get_pty", "_stdin")

Output: TypeAlias = tuple[bool, CommandOutput]


class WantedError(BaseException):
    """A fact has no answer yet. Not an Exception, so that no operation takes it for a failed fact."""


class LostError(BaseException):
    """The host does not answer any more; the message says why. Not an Exception, so that no operation goes on."""


class BatchedConnector:
    """One host's connector, with facts batched.

    Args:
        host: the host, connected.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.inner: Any = host.connector
        self.commands = 0
        self.used: dict[str | None, dict[Question, None]] = {}
        self.acting: frozenset[str] = frozenset()
        self._reading = self._collecting = self._gathering = self._lacking = False
        self._wanted: dict[Question, None] = {}
        self._expected: dict[Question, None] = {}
        self._memory: dict[Question, Output] = {}
        self._alone: set[Question] = set()  # without an answer in a batch: they run by themselves

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connector has
        return getattr(self.inner, name)

    @contextmanager
    def reads(self, *, collect: bool = False) -> Iterator[None]:
        """Inside, commands are facts.

        Args:
            collect: raise WantedError for what has no answer yet, instead of asking at once.
        """
        before = self._reading, self._collecting
        self._reading, self._collecting = True, collect
        try:
            yield
        finally:
            self._reading, self._collecting = before

    def together(self) -> AbstractContextManager[None]:
        """See `gpufleet.facts.together`."""
        return self._gather() if self._collecting and not self._gathering else nullcontext()

    @contextmanager
    def _gather(self) -> Iterator[None]:
        self._gathering, self._lacking = True, False
        try:
            yield
        finally:
            self._gathering = False
        if self._lacking:
            raise WantedError

    def expect(self, facts: Sequence[tuple[type[FactBase[Any]], dict[str, object]]]) -> None:
        """Have these facts asked, as root, with the first one that is asked while the deploy is read."""
        with self.reads(collect=True):
            self._gathering = True
            try:
                for fact, arguments in facts:
                    self.host.get_fact(fact, **arguments, **foreseen())
            finally:
                self._gathering = False
        self._expected |= self._wanted
        self._wanted = {}

    def fetch(self) -> bool:
        """Ask the host everything that is wanted; False when nothing is."""
        wanted, self._wanted = list(self._wanted), {}
        self._ask_all(wanted)
        return bool(wanted)

    def forget(self) -> None:
        """Drop every answer: something may have changed."""
        self._memory.clear()
        self._alone.clear()

    def guarded(
        self, generator: Callable[[], Iterator[PyinfraCommand]], seen: Callable[[PyinfraCommand], None]
    ) -> Callable[[], Iterator[PyinfraCommand]]:
        """An operation's generator for its execution: what it reads are facts, what it yields makes them forgotten.

        Args:
            generator: the operation's own.
            seen: told of each command before it runs.
        """

        def guarding() -> Iterator[PyinfraCommand]:
            source = generator()
            try:
                while True:
                    with self.reads():
                        command = next(source, None)
                    if command is None:
                        return
                    seen(command)
                    yield command
                    if not isinstance(command, Finding | Step):
                        self.forget()
            finally:
                with suppress(AttributeError):
                    source.close()  # type: ignore[attr-defined]

        return guarding

    def run_shell_command(
        self,
        command: StringCommand,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,  # noqa: ANN401
    ) -> Output:
        """Answer a fact from memory or by a batch; anything else runs as usual."""
        question = self._question(command, arguments) if self._reading else None
        if question is None:
            return self._run(command, print_output, print_input, **arguments)
        if self._collecting:
            self.used.setdefault(self.host.current_op_hash, {})[question] = None
        found = self._memory.get(question)
        if found is None and self._collecting and question not in self._alone:
            self._wanted[question] = None
            if self._gathering:
                self._lacking = True
                return True, CommandOutput([])
            raise WantedError
        if found is None and question not in self._alone:
            self._ask_all([question, *self._expected, *self._ahead()])
            self._expected = {}
            found = self._memory.get(question)
        if found is None:
            found = self._memory[question] = self._run(command, print_output, print_input, **arguments)
        return found

    def put_file(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
        """Upload a file."""
        self.commands += 1
        return self.inner.put_file(*arguments, **named)

    def _run(self, *arguments: Any, **named: Any) -> Output:  # noqa: ANN401 - passed on
        self.commands += 1
        if not self._reading:
            done: Output = self.inner.run_shell_command(*arguments, **named)
            return done
        try:
            limit = named.pop("_timeout", None) or BATCH_SECONDS
            done = self.inner.run_shell_command(*arguments, **named, _timeout=limit)
        except LOST as error:
            raise LostError(_reason(error)) from error
        return done

    def _question(self, command: StringCommand, arguments: dict[str, Any]) -> Question | None:
        """A fact as a question of a batch; None for one that needs a terminal, input or another shell."""
        if any(arguments.get(name) for name in _APART) or not arguments.get("_shell_executable", "sh"):
            return None
        inside = {name: arguments[name] for name in _INSIDE if name in arguments}
        text = make_unix_command_for_host(self.host.state, self.host, command, **inside).get_raw_value()
        special = {*_INSIDE, *_APART, "_timeout", "_success_exit_codes"}
        rights = {name: value for name, value in arguments.items() if name not in special and value}
        if not (rights.get("_sudo") or rights.get("_su_user") or rights.get("_doas") or rights.get("_dzdo")):
            rights = {}
        return Question(text, tuple(sorted(rights.items())), tuple(arguments.get("_success_exit_codes") or (0,)))

    def _ask_all(self, wanted: Iterable[Question]) -> None:
        """Ask in one script. A failure is not kept: alone it goes pyinfra's own way, with what it complains of."""
        questions = [each for each in dict.fromkeys(wanted) if each not in self._memory and each not in self._alone]
        if not questions:
            return
        self._alone.update(questions)
        nonce = secrets.token_hex(16)
        become = {rights: self._shell(rights) for rights in {each.rights for each in questions}}
        text = script(questions, become, nonce)
        with suppress(UnicodeDecodeError):  # then each is asked alone
            _, output = self._run(StringCommand("sh"), _stdin=[text])
            found = answers(output.stdout_lines, nonce)
            for number, question in enumerate(questions):
                answer = found.get(number)
                if answer and (answer.code in question.codes or answer.code in TIMED_OUT):
                    lines = CommandOutput([OutputLine("stdout", line) for line in answer.lines])
                    self._memory[question] = (answer.code in question.codes, lines)

    def _shell(self, rights: tuple[tuple[str, object], ...]) -> str:
        """The command line of a shell with these rights."""
        if not rights:
            return ""
        reading, self._reading = self._reading, False  # it may have to write sudo's helper for a password first
        try:
            shell = make_unix_command_for_host(self.host.state, self.host, StringCommand("sh"), **dict(rights))
        finally:
            self._reading = reading
        return str(shell.get_raw_value())

    def _ahead(self) -> Iterator[Question]:
        """What this operation and those after it asked in the check, up to the next one that acts."""
        order, current = self.host.op_hash_order, self.host.current_op_hash
        for each in order[order.index(current) :] if current in order else []:
            yield from self.used.get(each, {})
            if each in self.acting and each != current:
                return


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {BATCH_SECONDS} s"
    return f"connection lost: {str(error) or type(error).__name__}"

"""Answers the facts of one host from one remote script instead of a command each.

`BatchedConnector` stands in front of a host's own connector (`host.connector = BatchedConnector(host)`), whichever
that is. A command counts as a fact only while an operation's generator runs or the deploy is read (`reads`): then it is
answered from memory, or noted down and the generator given up (`WantedError`), to be run again after `fetch`. Whatever
changes the host makes all answers forgotten.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from pyinfra.connectors.util import CommandOutput

from gpufleet.become import foreseen
from gpufleet.finding import Finding, Step
from gpufleet.run.asking import Asker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pyinfra.api import FactBase, Host, StringCommand
    from pyinfra.api.command import PyinfraCommand

    from gpufleet.run.asking import Output
    from gpufleet.run.batch import Question


class WantedError(BaseException):
    """A fact has no answer yet. Not an Exception, so that no operation takes it for a failed fact."""


class BatchedConnector:
    """One host's connector, with facts batched.

    Args:
        host: the host, connected.

    Attributes:
        acting: keys of the operations that are expected to change something: facts are read ahead up to the next one.
    """

    def __init__(self, host: Host) -> None:
        self.acting: frozenset[str] = frozenset()
        self._host = host
        self._inner: Any = host.connector
        self._asker = Asker(host, self._inner)
        self._reading = self._collecting = self._gathering = self._lacking = False
        self._used: dict[str | None, dict[Question, None]] = {}  # by operation
        self._wanted: dict[Question, None] = {}
        self._expected: dict[Question, None] = {}
        self._memory: dict[Question, Output] = {}
        self._alone: set[Question] = set()  # twice without an answer in a batch: they run by themselves
        self._tried: set[Question] = set()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connector has
        return getattr(self._inner, name)

    @property
    def commands(self) -> int:
        """How many were sent to the host."""
        return self._asker.commands

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
                    self._host.get_fact(fact, **arguments, **foreseen())
            finally:
                self._gathering = False
        self._expected |= self._wanted
        self._wanted = {}

    def fetch(self) -> bool:
        """Ask the host everything that is wanted; False when nothing is."""
        wanted, self._wanted = list(self._wanted), {}
        self._ask(wanted)
        return bool(wanted)

    def forget(self) -> None:
        """Drop every answer: something may have changed."""
        self._memory.clear()
        self._alone.clear()
        self._tried.clear()

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
                if hasattr(source, "close"):
                    source.close()

        return guarding

    def run_shell_command(
        self,
        command: StringCommand,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,  # noqa: ANN401
    ) -> Output:
        """Answer a fact from memory or by a batch; anything else runs as usual."""
        if not self._reading:
            self._asker.commands += 1
            done: Output = self._inner.run_shell_command(command, print_output, print_input, **arguments)
            return done
        question = self._asker.question(command, arguments)
        if question is None:
            return self._asker.one(command, print_output, print_input, **arguments)
        return self._answer(question) or self._keep(
            question, self._asker.one(command, print_output, print_input, **arguments)
        )

    def put_file(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
        """Upload a file."""
        self._asker.commands += 1
        return self._inner.put_file(*arguments, **named)

    def _answer(self, question: Question) -> Output | None:
        """From memory or by a batch; None for one that has to be asked alone."""
        if self._collecting:
            self._used.setdefault(self._host.current_op_hash, {})[question] = None
        found = self._memory.get(question)
        if found is not None or question in self._alone:
            return found
        if not self._collecting:
            expected, self._expected = self._expected, {}
            self._ask([question, *expected, *self._ahead()])
            return self._memory.get(question)
        self._wanted[question] = None
        if not self._gathering:
            raise WantedError
        self._lacking = True
        return True, CommandOutput([])

    def _keep(self, question: Question, output: Output) -> Output:
        self._memory[question] = output
        return output

    def _ask(self, wanted: Iterable[Question]) -> None:
        questions = [each for each in dict.fromkeys(wanted) if each not in self._memory and each not in self._alone]
        before, self._reading = self._reading, False  # what pyinfra does to become root is no fact
        try:
            found = self._asker.many(questions) if questions else {}
        finally:
            self._reading = before
        self._memory |= found
        rights = {each.rights for each in found}  # those that were had: another group may yet be let in
        self._alone.update(each for each in questions if each.rights in rights or each in self._tried)
        self._tried.update(questions)

    def _ahead(self) -> Iterator[Question]:
        """What this operation and those after it asked in the check, up to the next one that acts."""
        order, current = self._host.op_hash_order, self._host.current_op_hash
        for each in order[order.index(current) :] if current in order else []:
            yield from self._used.get(each, {})
            if each in self.acting and each != current:
                return

"""How an operation begins to change a host, and how it declines to.

Every operation here compares first. Where it has something to do it says so (`begin`), where it must not it refuses
(`refuse`): a failing command stops this host only, an exception would end the run for the whole fleet.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias
from uuid import uuid4

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand
from pyinfra.api.command import PyinfraCommand

from gpufleet.finding import Difference, Finding, FindingClass, Step
from gpufleet.notice import collecting
from gpufleet.state import IN_PROGRESS, MADE, STAMP, STATE_DIRECTORY

Commands: TypeAlias = Generator[PyinfraCommand, None, None]
"""What an operation returns: findings first, then the commands that mend them."""
RUN = uuid4().hex
"""This run, which is this process, in the mark that it makes."""
SAID = "gpufleet_said"
"""Where plain pyinfra's runs keep what was printed, in the host's connector data: it runs each operation twice."""


def begin(*differences: Difference, step: bool = False) -> Commands:
    """Say what differs, then mark the host "in progress", so that a killed run can be told from a finished one.

    Args:
        differences: what the commands that follow will mend. All that an operation finds goes before its first
            command: whoever only checks looks no further.
        step: the commands are no more than a step towards mending what another operation finds.

    Yields:
        One `Finding` per difference, then the command that makes the mark; one of an earlier run stays as it is.
    """
    for difference in differences:
        yield Finding(difference)
    if step:
        yield Step()
    remembering = f"{{ [ -e {STAMP} ] || : >> {MADE}; }}"  # from the first change on, or never
    mark = f"{{ [ -e {IN_PROGRESS} ] || echo {RUN} > {IN_PROGRESS}; }}"
    yield StringCommand(f"mkdir -p {STATE_DIRECTORY} && {remembering} && {mark}")


def made_here(mark: bytes) -> bool:
    """Whether the mark "in progress" is this run's, not that of an earlier one which was cut off.

    Args:
        mark: its content.
    """
    return mark == f"{RUN}\n".encode()


def steps(commands: Commands) -> Commands:
    """The commands of an operation that another one runs on its way, without that one's findings.

    Args:
        commands: what it returns.
    """
    for command in commands:
        if not isinstance(command, Finding):
            yield command


def report(*differences: Difference) -> Commands:
    """Say what a person has to mend, and change nothing. Whoever calls it yields nothing else.

    Plain pyinfra counts whatever is yielded as a change, on every run; it gets a line on the terminal instead.

    Args:
        differences: what was found; the remedy says what a person does.

    Yields:
        In gpufleet's own runs, which report findings by themselves, one `Finding` per difference; else nothing.
    """
    if collecting():
        for difference in differences:
            yield Finding(difference)
        return
    said: dict[str, None] = host.connector_data.setdefault(SAID, {})
    for sentence in (f"{difference}; {difference.remedy}" for difference in differences):
        if sentence not in said:
            host.log_styled(sentence, fg="yellow")
        said[sentence] = None
    host.noop("left to a person")


def refuse(
    resource: str,
    *,
    expected: str,
    observed: str,
    way_out: str,
    kind: FindingClass = "config",
    waits_for: str | None = None,
) -> Commands:
    """Stop this host, and only this host, with a reason.

    Args:
        resource: what the refusal is about: a path, a package, a setting.
        expected: what would have been needed.
        observed: what there is instead.
        way_out: what a person can do, as a sentence.
        kind: the class of the finding; `unknown` where something could not be read.
        waits_for: see `Difference.waits_for`.

    Yields:
        A refused `Finding` and a command that prints reason and way out and fails.
    """
    yield Finding(
        Difference(
            kind=kind,
            refused=True,
            resource=resource,
            expected=expected,
            observed=observed,
            remedy=way_out,
            waits_for=waits_for,
        ),
    )
    message = f"refused: {resource}: {observed} (wanted: {expected}). {way_out}"
    yield StringCommand("printf", "'%s\\n'", QuoteString(message), ">&2; exit 1")

"""Many questions to a host as one shell script, and what it printed taken apart again. Pure.

The questions run at the same time, each in a process of its own, and nothing is written on the host: one question's
output goes through a pipe, that of the next waits in a variable of the shell. A line with a random number, which no
command can know beforehand, ends each answer, so outputs need no counting and may lack their last newline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BEGIN = "-1"
"""The number of a line before the first answer: what a login shell says before it is no answer."""
SECONDS = 30
"""How long one question may take."""
TIMED_OUT = (124, 137)
"""What coreutils' `timeout` exits with after SIGTERM and after SIGKILL."""


@dataclass(frozen=True)
class Question:
    """One command that only reads.

    Attributes:
        text: the command line, without what becomes another user.
        rights: pyinfra's global arguments by which it becomes one, sorted; empty for the user who connects.
        codes: exit codes that mean success.
    """

    text: str
    rights: tuple[tuple[str, object], ...] = ()
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Answer:
    """What came back: the exit code and the lines of standard output."""

    code: int
    lines: tuple[str, ...]


def script(questions: Sequence[Question], become: Mapping[tuple[tuple[str, object], ...], str], nonce: str) -> str:
    """A POSIX shell script that asks everything.

    Args:
        questions: what is asked.
        become: for the rights of each question the command line of a shell that has them, empty for this one.
        nonce: a random word; it stands before each answer's number.
    """
    groups: dict[tuple[tuple[str, object], ...], list[int]] = {}
    for number, question in enumerate(questions):
        groups.setdefault(question.rights, []).append(number)
    parts = []
    for rights, numbers in groups.items():
        body = _group({number: questions[number].text for number in numbers}, nonce)
        shell = become[rights]
        parts.append(f"{shell} 2>/dev/null <<'{nonce}-end'\n{body}\n{nonce}-end" if shell else body)
    return "\n".join([f"printf '\\n{nonce} {BEGIN} 0\\n'", *parts, "exit 0"])


def _group(texts: Mapping[int, str], nonce: str) -> str:
    """All of them at once: each is a stage of a pipeline that passes on what came before it."""
    functions = [
        f"q{number}() {{\ntimeout -k 1 {SECONDS} {text} </dev/null 2>/dev/null\n"
        f"printf '\\n{nonce} {number} %d\\n' $?\n}}"
        for number, text in texts.items()
    ]
    first, *others = texts
    stages = [f"q{first}", *(f"{{ a=$(q{number}); cat; printf '%s\\n' \"$a\"; }}" for number in others)]
    return "\n".join([*functions, " |\n".join(stages)])


def answers(lines: Iterable[str], nonce: str) -> dict[int, Answer]:
    """The answers by the questions' numbers; one that was cut off is missing.

    Args:
        lines: what the script printed; a greeting of a login shell may stand before it.
        nonce: the one that it was made with.
    """
    found: dict[int, Answer] = {}
    part: list[str] = []
    for line in lines:
        if not line.startswith(f"{nonce} "):
            part.append(line)
            continue
        number, code = line.split()[1:3]
        found[int(number)] = Answer(int(code), tuple(part[:-1] if part and not part[-1] else part))
        part = []
    found.pop(int(BEGIN), None)
    return found

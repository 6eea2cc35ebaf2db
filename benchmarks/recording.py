"""What a real host answers to the questions of a check, written down, and given again in place of hosts. Pure.

A check sends scripts that hold many questions (`gpufleet.run.batch`), each behind a number and all behind a random
word. A script is taken apart into its questions' texts, and from the answers to these an output is put together that
is framed as the script's own would be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gpufleet.run.batch import answers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.run.batch import Answer

QUESTION = re.compile(
    r"^q(?P<number>\d+)\(\) \{\ntimeout -k 1 \d+ (?P<text>.*?) </dev/null 2>/dev/null\n"
    r"printf '\\n(?P<nonce>[0-9a-f]+) (?P=number) %d\\n' \$\?\n\}",
    re.MULTILINE | re.DOTALL,
)


class UnknownQuestionError(LookupError):
    """A question was asked that the real host was not: the simulated ones cannot go on."""


def questions(script: str) -> dict[int, str]:
    """The texts of a script's questions, by their numbers.

    Args:
        script: as `gpufleet.run.batch.script` makes it.

    Raises:
        UnknownQuestionError: it has none, so it is of another form than this module knows.
    """
    found = {int(each["number"]): each["text"] for each in QUESTION.finditer(script)}
    if not found:
        raise UnknownQuestionError(f"no questions in a script that begins with {script[:200]!r}")
    return found


def recorded(script: str, lines: Sequence[str]) -> dict[str, Answer]:
    """What a host answered, by the questions' texts.

    Args:
        script: what was sent.
        lines: what it printed.
    """
    found = answers(lines, _nonce(script))
    return {text: found[number] for number, text in questions(script).items()}


def answered(script: str, known: Mapping[str, Answer]) -> list[str]:
    """What a host with these answers prints, line by line.

    Args:
        script: what is sent to it.
        known: its answers by the questions' texts.

    Raises:
        UnknownQuestionError: one of the questions has none.
    """
    nonce, lines = _nonce(script), []
    for number, text in questions(script).items():
        if text not in known:
            raise UnknownQuestionError(f"no answer was recorded for {text[:300]!r}")
        lines += [*known[text].lines, "", f"{nonce} {number} {known[text].code}"]
    return lines


def _nonce(script: str) -> str:
    found = QUESTION.search(script)
    return found["nonce"] if found else ""

"""One person's sudo password for many hosts: asked for once, tried everywhere, asked again where it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.lock import BoundedSemaphore

from gpufleet.facts.access import SudoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES = 3
"""Passwords tried per host. Many machines lock an account after five."""


class Passwords:
    """The answers that a person gave in this run. Hosts are prepared at the same time, and ask one after the other.

    Args:
        ask: shows a prompt and returns the answer, None for no answer; nobody is asked again after that.
    """

    def __init__(self, ask: Callable[[str], str | None]) -> None:
        self._ask = ask
        self._answers: list[str] = []
        self._declined = False
        self._turn = BoundedSemaphore()

    def find(self, prompt: str, check: Callable[[str], SudoAnswer]) -> tuple[SudoAnswer, str | None]:
        """Find the password of one host: the latest answer given for any host first, then by asking.

        Args:
            prompt: what the person reads.
            check: tries a password on the host.

        Returns:
            What sudo said in the end, and the password if it is right.
        """
        tried: list[str] = []
        while len(tried) < TRIES:
            password = self._next(prompt, tried)
            if password is None:
                break
            tried.append(password)
            answer = check(password)
            if answer is not SudoAnswer.WRONG:
                return answer, password if answer is SudoAnswer.RIGHT else None
        return SudoAnswer.WRONG, None

    def _next(self, prompt: str, tried: list[str]) -> str | None:
        with self._turn:
            if self._answers and self._answers[-1] not in tried:
                return self._answers[-1]
            if self._declined:
                return None
            answer = self._ask(prompt)
            if answer is None:
                self._declined = True
            else:
                self._answers.append(answer)
            return answer

"""Who the connecting user is, and how that user becomes root: the only facts that name sudo themselves."""

from __future__ import annotations

from enum import StrEnum

from pyinfra.api import FactBase, FactProcessError

from gpufleet.facts.scripts import script
from gpufleet.platform import Access, RootAccess, reading
from gpufleet.platform.report import ReportError


class AccessFacts(FactBase[Access]):
    """Who reads, as an `Access`. Asked without any escalation, it tells about the connecting user."""

    def command(self) -> str:
        """The first part of the script that reads the platform."""
        return script("access.sh")

    def process(self, output: list[str]) -> Access:
        """Parse the script's output."""
        try:
            return reading.access(output)
        except ReportError as error:
            raise FactProcessError(str(error)) from error

    @staticmethod
    def default() -> Access:
        """Nobody: the host did not answer."""
        return Access(uid=-1, user="", root_access=RootAccess.MISSING)


class SudoAnswer(StrEnum):
    """What sudo says to a password."""

    RIGHT = "right"
    WRONG = "wrong"
    DENIED = "denied"
    """The password is right, and this user may not use sudo."""


class HiddenInput(list[str]):
    """Lines for a command's standard input that pyinfra's logs, which show a fact's arguments, do not show."""

    def __repr__(self) -> str:
        return "(hidden)"


class SudoPassword(FactBase[SudoAnswer]):
    """What sudo says to the password on standard input.

    Get it with `_stdin=HiddenInput([password])`: there it stands in no list of processes and in no log.
    """

    def command(self) -> str:
        """`-k` keeps an earlier, remembered authentication from answering in the password's place."""
        return 'says=$(LC_ALL=C sudo -k -S true 2>&1) && echo right || printf "%s\\n" "$says"'

    def process(self, output: list[str]) -> SudoAnswer:
        """Tell a wrong password from a user who has no rights."""
        if output == ["right"]:
            return SudoAnswer.RIGHT
        return SudoAnswer.DENIED if reading.denies_sudo(" ".join(output)) else SudoAnswer.WRONG

    @staticmethod
    def default() -> SudoAnswer:
        """No answer is no consent."""
        return SudoAnswer.WRONG

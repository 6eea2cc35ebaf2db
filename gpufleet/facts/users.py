"""Users of a host and their groups."""

from __future__ import annotations

from typing import TypeAlias

from pyinfra.api import FactBase, QuoteString, StringCommand

from gpufleet.facts.answer import Unreadable

WHY = "unreadable: "
SILENT = r"""LC_ALL=C perl -e '$! = 0; print "unreadable: $!\n" unless defined getpwnam($ARGV[0]) or !$!'"""
"""Prints why a directory did not answer. `id` and `getent` say in its outage that there is no such user, both measured
on Debian 12; glibc tells the two apart by errno alone, which is 0 where the name is known not to be there. Every Debian
and Ubuntu has perl."""


Groups: TypeAlias = frozenset[str] | Unreadable | None
"""The groups that a user is in; None when there is no such user."""


class UserGroups(FactBase[Groups]):
    """The groups that a user is in by the host's database, None when there is no such user.

    pyinfra's `Users` walks all of /etc/passwd in a shell loop, 146 ms on a bare Debian.
    """

    def command(self, user: str) -> StringCommand:
        """Ask for one user."""
        name = QuoteString(user)
        return StringCommand("id -nG --", name, "2>/dev/null ||", SILENT, "--", name, "2>/dev/null || true")

    def process(self, output: list[str]) -> Groups:
        """Split id's one line."""
        text = " ".join(output)
        return Unreadable(text.removeprefix(WHY)) if text.startswith(WHY) else frozenset(text.split()) or None

    @staticmethod
    def default() -> frozenset[str] | None:
        """No answer: no such user."""
        return None

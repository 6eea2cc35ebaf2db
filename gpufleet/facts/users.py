"""Users of a host and their groups."""

from __future__ import annotations

from pyinfra.api import FactBase, QuoteString, StringCommand


class UserGroups(FactBase[frozenset[str] | None]):
    """The groups that a user is in by the host's database, None when there is no such user.

    pyinfra's `Users` walks all of /etc/passwd in a shell loop, 146 ms on a bare Debian.
    """

    def command(self, user: str) -> StringCommand:
        """Ask for one user."""
        return StringCommand("id -nG --", QuoteString(user), "2>/dev/null || true")

    def process(self, output: list[str]) -> frozenset[str] | None:
        """Split id's one line."""
        return frozenset(" ".join(output).split()) or None

    @staticmethod
    def default() -> frozenset[str] | None:
        """No answer: no such user."""
        return None

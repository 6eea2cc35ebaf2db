"""Which program an alternative means now."""

from __future__ import annotations

from pyinfra.api import FactBase, QuoteString, StringCommand

FOLDER = "/etc/alternatives"


class Alternative(FactBase[str | None]):
    """The path that an alternative leads to; None where there is no such alternative."""

    def command(self, alternative: str) -> StringCommand:
        """Read the link.

        Args:
            alternative: its name, as `iptables`.
        """
        return StringCommand("readlink --", QuoteString(f"{FOLDER}/{alternative}"), "|| true")

    def process(self, output: list[str]) -> str | None:
        """Its target."""
        return output[0] if output else None

    @staticmethod
    def default() -> str | None:
        """Nothing is known of it."""
        return None

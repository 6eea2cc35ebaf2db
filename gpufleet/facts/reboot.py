"""Whether a distribution asks for a reboot."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api import FactBase

PATH = "/run/reboot-required"
"""Made by packages' own scripts (kernel, libc, dbus) where update-notifier-common or unattended-upgrades is there."""


@dataclass(frozen=True)
class Reboot:
    """A reboot that is due.

    Attributes:
        packages: which asked for it, each once; empty where none is named.
        since: when the first one did, in seconds since the epoch; None where that can't be told.
        path: what says so.
    """

    packages: tuple[str, ...] = ()
    since: float | None = None
    path: str = PATH


class RebootRequired(FactBase[Reboot | None]):
    """The reboot that is due, None when none is. It needs no process where none is."""

    SCRIPT = f"if [ -e {PATH} ]; then stat -c %Y {PATH}; cat {PATH}.pkgs 2>/dev/null; else echo none; fi; echo end"

    def command(self) -> str:
        """Look for the file."""
        return f"sh -c '{self.SCRIPT}'"

    def process(self, output: list[str]) -> Reboot | None:
        """Read the time, then a package a line."""
        if output[:1] in ([], ["none"]) or output[-1] != "end":
            return None
        time, *packages = output[:-1]
        return Reboot(tuple(dict.fromkeys(packages)), float(time) if time.isdecimal() else None)

    @staticmethod
    def default() -> Reboot | None:
        """Nothing is known of any."""
        return None

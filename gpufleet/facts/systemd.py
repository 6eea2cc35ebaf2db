"""What systemd knows of a unit."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api import FactBase, QuoteString, StringCommand


@dataclass(frozen=True)
class UnitState:
    """A unit as systemd sees it.

    Attributes:
        file: UnitFileState: `enabled`, `disabled`, `masked`, …; empty for a unit that it does not know.
        outdated: its file was changed since systemd read it (NeedDaemonReload).
        drop_ins: paths of the files that change this unit and no other.
    """

    file: str = ""
    outdated: bool = False
    drop_ins: tuple[str, ...] = ()


class SystemdUnit(FactBase[UnitState]):
    """The state of one unit; of an unknown one where it does not exist or systemd is not the init of the host."""

    def command(self, unit: str) -> StringCommand:
        """Ask systemd.

        Args:
            unit: its name, as `docker.service`.
        """
        asked = QuoteString(unit)
        return StringCommand(
            "systemctl show -p Id,UnitFileState,NeedDaemonReload,DropInPaths --", asked, "2>/dev/null || true"
        )

    def process(self, output: list[str]) -> UnitState:
        """Read the properties."""
        properties = dict(line.partition("=")[::2] for line in output)
        own = f"/{properties.get('Id', '')}.d/"
        return UnitState(
            properties.get("UnitFileState", ""),
            properties.get("NeedDaemonReload") == "yes",
            tuple(path for path in properties.get("DropInPaths", "").split() if own in path),
        )

    @staticmethod
    def default() -> UnitState:
        """Nothing is known of it."""
        return UnitState()

"""What is said when an inventory cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class InventoryError(SystemExit):
    """The inventory cannot be used as written; the message says where, what and the way out.

    A `SystemExit`, so that the stock `pyinfra` command prints the message alone and exits with 1: any other exception
    out of an inventory file is printed with a traceback (`exec_file` in pyinfra_cli/util.py, 3.10).
    """


@dataclass(frozen=True)
class Place:
    """Where something was written.

    Attributes:
        file: the file as a person names it.
        line: counted from 1.
        holder: whose it is: `group gpu`, `host gpu01`, or nothing.
    """

    file: str
    line: int
    holder: str = ""

    def __str__(self) -> str:
        """Begin a message: `hosts.yml, line 12, host gpu01`."""
        return f"{self.file}, line {self.line}" + (f", {self.holder}" if self.holder else "")

    def at(self, host: str) -> str:
        """Begin a message on a host that gets its value from here."""
        return str(self) if self.holder == f"host {host}" else f"{self}, for host {host}"


def shown(path: Path) -> str:
    """Name a path as a person would from the working directory: relative below it, whole elsewhere."""
    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)

"""Run the product's commands as a user would, and read what the stock pyinfra command says about its operations."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab.instance import CHECKOUT

TABLE = "--> Results:"
TOTAL = "Grand total"


@dataclass(frozen=True)
class Operation:
    """One row of pyinfra's table.

    Attributes:
        name: as declared, with the name of its deploy.
        changed: on how many hosts it changed something.
        failed: on how many it failed.
        unchanged: on how many there was nothing to do.
    """

    name: str
    changed: int
    failed: int
    unchanged: int


@dataclass(frozen=True)
class Done:
    """A command that has ended.

    Attributes:
        status: its exit status.
        output: what it printed, standard error included.
    """

    status: int
    output: str

    @property
    def operations(self) -> list[Operation]:
        """What pyinfra's table says; empty where the run ended before it."""
        return operations(self.output)

    @property
    def changed(self) -> list[str]:
        """The names of the operations that changed a host."""
        return [operation.name for operation in self.operations if operation.changed]


def operations(output: str) -> list[Operation]:
    """Read pyinfra's table (3.10: operation, hosts, success, error, no change; `-` for 0)."""
    found = []
    for line in output.partition(TABLE)[2].splitlines():
        row = re.fullmatch(r"\s*(\S.*?)\s+(\d+)\s+(\d+|-)\s+(\d+|-)\s+(\d+|-)\s*", line)
        if row and row[1] != TOTAL:
            changed, failed, unchanged = (0 if cell == "-" else int(cell) for cell in row.groups()[2:])
            found.append(Operation(row[1], changed, failed, unchanged))
    return found


def apply(inventory: Path, *arguments: str, show: bool = False) -> Done:
    """`pyinfra -y INVENTORY deploy.py`, the stock command on the unchanged deploy.

    Args:
        inventory: path of an inventory.py, such as `Lab.inventory` writes.
        arguments: further ones, such as `--limit`, `lab-1`.
        show: print its output as it comes.
    """
    return run("pyinfra", "-y", *arguments, str(inventory), "deploy.py", show=show)


def run(program: str, *arguments: str, show: bool = False, checkout: Path = CHECKOUT) -> Done:
    """Run a program of this environment in the checkout, or in another one, until it ends."""
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    with subprocess.Popen(
        command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        lines = []
        for line in process.stdout or ():
            if show:
                print(f"        {line}", end="", flush=True)
            lines.append(line)
    return Done(process.returncode, "".join(lines))

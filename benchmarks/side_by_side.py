"""Runs every program on the same hosts, several times, each time with nothing to change."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import ansible_program, lab_hosts
from benchmarks.measure import Series, load, run
from benchmarks.programs import programs
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.lab_hosts import Declared
    from benchmarks.measure import Run
    from benchmarks.programs import Program
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

ROUND_TRIP = 50
"""Milliseconds: from Europe to the east of North America it is 80, within either 10 to 50."""


class ChangedError(RuntimeError):
    """A run that had nothing to change failed or changed something: its time says nothing."""


@dataclass(frozen=True)
class Row:
    """One program on one set of hosts.

    Attributes:
        hosts: which, in words.
        program: its name.
        seconds: wall clock of each run.
        cpu: seconds of CPU on this machine, of each run; what the hosts spend is not in it.
        commands: remote commands on one host in one run.
        load: the load average before the first and after the last run.
    """

    hosts: str
    program: str
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    commands: int
    load: tuple[float, float]


@dataclass(frozen=True)
class Comparison:
    """What all measurements have in common.

    Attributes:
        lab: where the hosts are.
        declared: what they were given.
        folder: for what the programs need besides; it holds the vendors' keyrings.
        runs: how often each program runs, besides once to warm up.
        only: a word that the names of the programs must hold; empty for all.
    """

    lab: Lab
    declared: Declared
    folder: Path
    runs: int
    only: str = ""

    def rows(self, name: str, hosts: Sequence[LabHost]) -> list[Row]:
        """Measure every program on these hosts.

        Args:
            name: of them all, in words.
            hosts: the hosts.

        Raises:
            ChangedError: a run did something.
        """
        inventory = self.lab.inventory(hosts, **self.declared.for_gpufleet(hosts[0].user)).parent
        known = [program for program in self._programs(hosts[0].user) if self.only in program.name]
        return [self._row(name, program, inventory, len(hosts)) for program in known]

    def _programs(self, user: str) -> tuple[Program, ...]:
        variables = self.folder / "variables.json"
        variables.write_text(json.dumps(self.declared.for_ansible(user, self.folder)))
        own, playbook = Path(sys.executable).parent, ansible_program.installed() / "ansible-playbook"
        with_variables = (str(playbook), "--extra-vars", f"@{variables}", str(ansible_program.PLAYBOOK))
        return programs(str(own / "gpufleet"), str(own / "pyinfra"), with_variables)

    def _row(self, name: str, program: Program, inventory: Path, hosts: int) -> Row:
        command = [word.replace("{folder}", str(inventory)) for word in program.command]
        warm = self._run([*command, *filter(None, [program.talkative])])
        before = load()
        measured = [warm, *(self._run(command) for _ in range(self.runs))]
        for done in measured:
            if complaint := program.complaint(done, hosts):
                raise ChangedError(f"{program.name}, {name}: {complaint}\n{done.output[-3000:]}")
        seconds, cpu = zip(*((done.seconds, done.cpu) for done in measured[1:]), strict=True)
        row = Row(name, program.name, seconds, cpu, program.commands(warm.output), (before, load()))
        _say(line(row))
        return row

    def _run(self, command: Sequence[str]) -> Run:
        variables = {"ANSIBLE_CONFIG": str(ansible_program.CONFIGURATION), "ANSIBLE_HOME": str(self.folder)}
        return run(command, folder=CHECKOUT, variables=variables)


def compare(runs: int, many: int, only: str = "") -> list[Row]:
    """Measure on one host, on many, and on one that is far away.

    Args:
        runs: how often each program runs, besides once to warm up.
        many: how many hosts.
        only: a word that the names of the programs must hold; empty for all.

    Raises:
        ChangedError: a run did something.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gpufleet-")))
        _say(f"making {many} hosts")
        lab, hosts, declared = stack.enter_context(lab_hosts.converged(many))
        lab_hosts.keyrings(hosts[0], folder)
        comparison = Comparison(lab, declared, folder, runs, only)
        far = stack.enter_context(lab_hosts.distant(hosts[0], ROUND_TRIP))
        return [
            *comparison.rows("1 host", hosts[:1]),
            *comparison.rows(f"{many} hosts", hosts),
            *comparison.rows(f"1 host, {ROUND_TRIP} ms away", [far]),
        ]


def line(row: Row) -> str:
    """A row of the table."""
    loads = f"{row.load[0]:.1f}-{row.load[1]:.1f}"
    seconds, cpu = Series(row.seconds), Series(row.cpu).median
    return f"{row.hosts:21} {row.program:25} {seconds!s:>22} {cpu:8.2f} {row.commands:9d} {loads:>10}"


def table(rows: Sequence[Row]) -> str:
    """All rows, with what their columns are."""
    head = f"{'hosts':21} {'program':25} {'wall s: median (range)':>22} {'CPU s':>8} {'commands':>9} {'load':>10}"
    return "\n".join([head, *map(line, rows)])


def document(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The rows for programs."""
    return [asdict(row) for row in rows]


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()

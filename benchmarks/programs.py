"""The programs that are compared: how each is called, and how to tell from its output that it changed nothing. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.lab.product import operations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.measure import Run

Complaint: TypeAlias = "Callable[[Run, int], str | None]"
"""From a run and the number of hosts: what is wrong with it as a run that changes nothing, None when nothing is."""
COMMAND_OF_PYINFRA = re.compile(r"Running command on (\S+?): ")
COMMAND_OF_ANSIBLE = re.compile(r"^<(\S+?)> SSH: EXEC ", re.MULTILINE)
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """One of them.

    Attributes:
        name: as it stands in the table.
        command: with its arguments; `{folder}` is where hosts.yml and inventory.py are.
        complaint: see `Complaint`.
        talkative: an argument with which it tells every remote command; empty where it counts them itself.
        commands: from its output the number of remote commands, on the host that had most of them.
    """

    name: str
    command: tuple[str, ...]
    complaint: Complaint
    commands: Callable[[str], int]
    talkative: str = ""


def in_sync(run: Run, hosts: int) -> str | None:
    """What is wrong with a run of gpufleet whose output is its JSON report."""
    if run.code:
        return f"it ended with {run.code}"
    found = _report(run.output)["hosts"]
    if len(found) != hosts:
        return f"{len(found)} hosts instead of {hosts}"
    off = [host["name"] for host in found if host["status"] != "in_sync" or host["mended"]]
    return f"not in sync, or changed: {', '.join(off)}" if off else None


def commands_of_gpufleet(output: str) -> int:
    """What gpufleet's JSON report says about remote commands."""
    return max(int(host["commands"]) for host in _report(output)["hosts"])


def _report(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.JSONDecoder().raw_decode(output[output.index("{") :])[0]
    return found


def nothing_executed(run: Run, hosts: int) -> str | None:
    """What is wrong with a run of pyinfra, by its table of operations."""
    if run.code:
        return f"it ended with {run.code}"
    rows = operations(run.output)
    if not rows or max(row.changed + row.failed + row.unchanged for row in rows) != hosts:
        return f"its table does not speak of {hosts} hosts"
    off = [row.name for row in rows if row.changed or row.failed]
    return f"changed or failed: {', '.join(off)}" if off else None


def nothing_changed(run: Run, hosts: int) -> str | None:
    """What is wrong with a run of ansible-playbook, by its recap."""
    if run.code:
        return f"it ended with {run.code}"
    rows = recap(run.output)
    if len(rows) != hosts:
        return f"{len(rows)} hosts instead of {hosts}"
    off = [f"{name} {dict(row)}" for name, row in rows.items() if row["changed"] or row["unreachable"] or row["failed"]]
    return f"changed or failed: {', '.join(off)}" if off else None


def recap(output: str) -> dict[str, Mapping[str, int]]:
    """Ansible's recap: numbers of tasks by what came of them, by host."""
    names = ("ok", "changed", "unreachable", "failed")
    return {row[0]: dict(zip(names, map(int, row[1:]), strict=True)) for row in RECAP.findall(output)}


def busiest(pattern: re.Pattern[str], output: str) -> int:
    """How many remote commands the host had that had most of them.

    Args:
        pattern: finds the host in the line that tells of one.
        output: what the program printed.
    """
    return max(Counter(pattern.findall(output)).values(), default=0)


def programs(gpufleet: str, pyinfra: str, ansible: Sequence[str]) -> tuple[Program, ...]:
    """What is compared, each asked to change nothing.

    Args:
        gpufleet: path of the program.
        pyinfra: the same.
        ansible: path of ansible-playbook, with the arguments that every call of it gets.
    """
    hosts_yml, inventory_py = "{folder}/hosts.yml", "{folder}/inventory.py"
    own = (commands_of_gpufleet, "")
    of_ansible = (partial(busiest, COMMAND_OF_ANSIBLE), "-vvv")
    playbook = (*ansible, "--inventory", hosts_yml)
    return (
        Program("gpufleet check", (gpufleet, "check", "--json", "--inventory", inventory_py), in_sync, *own),
        Program("gpufleet apply", (gpufleet, "apply", "--json", "--inventory", inventory_py), in_sync, *own),
        Program(
            "pyinfra -y",
            (pyinfra, "-y", inventory_py, "deploy.py"),
            nothing_executed,
            partial(busiest, COMMAND_OF_PYINFRA),
            "--debug",
        ),
        Program("ansible-playbook --check", (*playbook, "--check"), nothing_changed, *of_ansible),
        Program("ansible-playbook", playbook, nothing_changed, *of_ansible),
    )

"""One check of so many simulated hosts, in a process of its own so that its memory is its own too.

`python -m benchmarks.simulated_fleet HOSTS FILE` makes HOSTS hosts of pyinfra's connector `@fake` that have the
settings and give the answers of the host that `benchmarks.record` wrote into FILE, checks them, and prints as JSON what
that took. Nothing is sent anywhere, everything else is as in any check.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyinfra.connectors.fake import FakeConnector
from pyinfra.connectors.util import CommandOutput, OutputLine

from benchmarks.recording import answered
from gpufleet.report import terminal
from gpufleet.run import connect, fleet
from gpufleet.run.batch import Answer
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyinfra.api import Host


class Simulated(FakeConnector):
    """`@fake`, which answers a script's questions as the recorded host did.

    Args:
        host: whose connector it becomes.
        known: answers by the questions' texts.
    """

    def __init__(self, host: Host, known: Mapping[str, Answer]) -> None:
        super().__init__(host.state, host)
        self._known = known

    def run_shell_command(
        self,
        command: Any,  # noqa: ANN401 - the connector's signature
        print_output: bool = False,  # noqa: ARG002 - the connector's signature
        print_input: bool = False,  # noqa: ARG002 - the connector's signature
        **arguments: Any,  # noqa: ANN401 - the connector's signature
    ) -> tuple[bool, CommandOutput]:
        """Answer at once."""
        script = "".join(arguments.get("_stdin") or [str(command)])
        return True, CommandOutput([OutputLine("stdout", line) for line in answered(script, self._known)])


def load(count: int, recording: Mapping[str, Any], folder: Path) -> connect.Fleet:
    """An inventory of so many hosts, loaded as any other is, with simulated ones in it.

    Args:
        count: of hosts.
        recording: what `benchmarks.record` wrote.
        folder: for the inventory's file.
    """
    data = {**recording["settings"], "ssh_user": recording["user"]}
    path = folder / f"simulated-{count}.py"
    path.write_text(f"hosts = {[(f'@fake/host{number:03}', data) for number in range(1, count + 1)]!r}\n")
    loaded = connect.load(str(path), checkout=CHECKOUT)
    known = {text: Answer(each["code"], tuple(each["lines"])) for text, each in recording["answers"].items()}
    for host in loaded.hosts.values():
        host.connector = Simulated(host, known)
    return loaded


def simulate(count: int, recording: Mapping[str, Any], folder: Path) -> dict[str, float]:
    """Check so many hosts.

    Args:
        count: of hosts.
        recording: what `benchmarks.record` wrote.
        folder: for the inventory's file.

    Returns:
        What it took: `seconds` and `cpu` of the check, `report_seconds` of the report for people, the most `megabytes`
        in memory, the report's `lines`, and the `commands` per host.

    Raises:
        SystemExit: a host is not in sync, or missing.
    """
    loaded = load(count, recording, folder)
    clock, cpu = time.monotonic(), time.process_time()
    report = fleet.run("check", loaded, CHECKOUT / "deploy.py", fleet.Told("simulated"))
    seconds, cpu = time.monotonic() - clock, time.process_time() - cpu
    if report.exit_code or len(report.hosts) != count:
        raise SystemExit(f"not in sync: {[host for host in report.hosts if host.status != 'in_sync'][:1]}")
    printed, clock = io.StringIO(), time.monotonic()
    terminal.show(report, printed)
    return {
        "hosts": count,
        "seconds": seconds,
        "cpu": cpu,
        "report_seconds": time.monotonic() - clock,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "lines": len(printed.getvalue().splitlines()),
        "commands": max(host.commands for host in report.hosts),
    }


if __name__ == "__main__":
    file = Path(sys.argv[2])
    figures = simulate(int(sys.argv[1]), json.loads(file.read_text(encoding="utf-8")), file.parent)
    sys.stdout.write(f"{json.dumps(figures)}\n")

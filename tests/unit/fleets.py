"""Runs small deploys on this machine, as gpufleet's own runs do."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from gpufleet.report.model import Report

HEAD = """\
from pyinfra import host
from pyinfra.api import FactBase, StringCommand, deploy, operation
from gpufleet.finding import Difference, Finding, Step
from gpufleet.facts.together import expect, together
from gpufleet.operations.change import refuse

class Says(FactBase):
    def command(self, path):
        return f"cat {path} 2>/dev/null || true"
    def process(self, output):
        if output == ["raise"]:
            raise ValueError("a word that nobody expects")
        return output[0]

@operation()
def says(path, text, kind="config"):
    found = host.get_fact(Says, path=path)
    if found == text:
        host.noop("so it is")
        return
    yield Finding(Difference(kind=kind, resource=path, expected=text, observed=str(found)))
    yield StringCommand(f"echo {text} > {path}")
"""


def judged(folder: Path, deploy: str, verb: Literal["check", "apply"] = "check", hosts: str = "@local") -> Report:
    """What a run of a deploy finds out, in a process of its own, which stays for the next one.

    gevent's patches, which a run needs, are not for a process of pytest-xdist.

    Args:
        folder: an empty one; deploy.py goes there.
        deploy: its text, after `HEAD`.
        verb: check or apply.
        hosts: names as the pyinfra command takes them.
    """
    (folder / "deploy.py").write_text(HEAD + deploy)
    runner = _runner()
    if runner.stdin is None or runner.stdout is None:
        raise RuntimeError("the runner has no pipes")
    pickle.dump((folder, verb, hosts), runner.stdin)
    runner.stdin.flush()
    report: Report = pickle.load(runner.stdout)  # noqa: S301 - our own process
    return report


@cache
def _runner() -> subprocess.Popen[bytes]:
    """Ends with this process, when its input does."""
    command = [sys.executable, "-m", "tests.unit.fleets"]
    quick = {"PYINFRA_FAKE_DELAY": "0", "PYINFRA_FAKE_DELAY_JITTER": "0"}  # simulated hosts answer at once
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **quick})


def _serve() -> None:
    from gpufleet.run.connect import disconnect, load  # noqa: PLC0415 - not in the tests' own process
    from gpufleet.run.fleet import Told, run  # noqa: PLC0415

    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    while True:
        try:
            folder, verb, hosts = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process
        except EOFError:
            return
        fleet = load(hosts, checkout=folder)
        report = run(verb, fleet, folder / "deploy.py", Told(hosts))
        disconnect(fleet)
        pickle.dump(report, answers)
        answers.flush()


if __name__ == "__main__":
    _serve()

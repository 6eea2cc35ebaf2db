"""Runs small deploys on this machine and on simulated ones, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gpufleet.run.connect import disconnect, load
from gpufleet.run.fleet import run

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
    """What a run of a deploy finds out.

    Args:
        folder: an empty one; deploy.py goes there.
        deploy: its text, after `HEAD`.
        verb: check or apply.
        hosts: names as the pyinfra command takes them.
    """
    path = folder / "deploy.py"
    path.write_text(HEAD + deploy)
    fleet = load(hosts, checkout=folder)
    try:
        return run(verb, fleet, deploy=path, inventory=hosts)
    finally:
        disconnect(fleet)

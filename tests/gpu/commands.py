"""gpufleet's own commands, as a user types them, and what their JSON says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tests.gpu import CHECKOUT
from tests.gpu.host import TrialError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = Path(sys.executable).with_name("gpufleet")


@dataclass(frozen=True)
class Done:
    """A command that has ended.

    Attributes:
        verb: apply, check, verify or remove.
        status: exit code.
        seconds: wall time.
        host: the part of its JSON report that is about the host.
        output: the end of what it printed.
    """

    verb: str
    status: int
    seconds: float
    host: dict[str, Any]
    output: str

    @property
    def mended(self) -> list[tuple[str, str]]:
        """Id and class of what apply has mended."""
        return ids(self.host.get("mended", []))

    @property
    def findings(self) -> list[tuple[str, str]]:
        """Id and class of what is not as declared."""
        return ids(self.host.get("findings", []))

    @property
    def figures(self) -> dict[str, Any]:
        """What of it is worth keeping."""
        short = {
            "exit_code": self.status,
            "seconds": round(self.seconds, 2),
            "items": self.host.get("items"),
            "commands": self.host.get("commands"),
        }
        found = {"mended": self.host.get("mended", []), "findings": self.host.get("findings", [])}
        return short | {name: [_short(each) for each in several] for name, several in found.items() if several}

    @property
    def why(self) -> str:
        """Words for a command that did not end as it should."""
        found = "; ".join(f"{name} ({kind})" for name, kind in self.findings)
        return f"exit code {self.status}" + (f"; {found}" if found else "") + f": {self.output[-800:]}"


def ids(findings: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Id and class of findings, each pair once, in their order."""
    return list(dict.fromkeys((each["id"], each["class"]) for each in findings))


def gpufleet(verb: str, inventory: Path, host: str, scratch: Path, *further: str) -> Done:
    """Run `gpufleet VERB` on the one host.

    Args:
        verb: apply, check, verify or remove.
        inventory: of the trial.
        host: its name.
        scratch: folder for its report.
        further: more arguments.

    Raises:
        TrialError: it left no report: the run itself failed.
    """
    report = scratch / f"{verb}.json"
    report.unlink(missing_ok=True)
    words = [verb, "--inventory", str(inventory), "--limit", host, "--json", str(report), *further]
    status, seconds, output = run(words)
    if not report.exists():
        raise TrialError(f"gpufleet {verb} ended with {status} and wrote no report: {output[-1500:]}")
    (about,) = json.loads(report.read_text(encoding="utf-8"))["hosts"]
    return Done(verb, status, seconds, about, output)


def run(words: Sequence[str]) -> tuple[int, float, str]:
    """Run gpufleet in the checkout; its output goes to our standard error as it comes.

    Args:
        words: its arguments.

    Returns:
        Exit code, seconds, and all that it printed.
    """
    began, lines = time.monotonic(), []
    with subprocess.Popen(
        [str(PROGRAM), *words], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            sys.stderr.write(f"    {line}")
    return process.returncode, time.monotonic() - began, "".join(lines)


def outcomes(junit: str) -> dict[str, str]:
    """How each test of a pytest run came out: `passed`, `failed`, `error`, or `skipped: why`.

    Args:
        junit: the text of pytest's JUnit file.
    """
    found = {}
    for case in ET.fromstring(junit).iter("testcase"):  # noqa: S314 - pytest of this machine wrote it a moment ago
        name = f"{case.get('classname', '').rpartition('tests.verify.')[2]}.{case.get('name')}"
        problem = next((each for each in case if each.tag in {"failure", "error", "skipped"}), None)
        words = {"failure": "failed", "error": "error"}
        if problem is None:
            found[name] = "passed"
        else:
            why = (problem.get("message") or "").strip()
            found[name] = f"{words.get(problem.tag, 'skipped')}: {why}"
    return found


def _short(finding: dict[str, Any]) -> dict[str, Any]:
    return {key: finding[key] for key in ("id", "class", "resource", "expected", "observed")}

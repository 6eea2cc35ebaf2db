"""The example for a CI system does what its comments say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]
EXAMPLE = CHECKOUT / "files" / "ci" / "github-actions.yml"


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["jobs"]["check"]["steps"]
    return found


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (0, 0, ""),
        (2, 2, "::error::"),
        (4, 0, "::warning::"),
        (6, 6, "::error::"),
        (1, 1, "::error::"),
        (64, 64, "::error::"),
    ],
)
def test_findings_fail_the_job_and_an_unread_host_is_a_warning(
    tmp_path: Path, found: int, code: int, said: str
) -> None:
    (script,) = (step["run"] for step in steps() if "gpufleet check" in step.get("run", ""))
    program = tmp_path / ".venv" / "bin" / "gpufleet"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$*" >arguments\nexit {found}\n')
    program.chmod(0o755)
    done = subprocess.run(  # -e, as GitHub runs a step
        ["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert (done.returncode, done.stdout.startswith(said), bool(done.stdout)) == (code, True, bool(said))
    assert (tmp_path / "arguments").read_text() == "check --json check.json --junit check.xml\n"


def test_the_reports_are_kept_also_when_the_job_fails() -> None:
    (kept,) = (step for step in steps() if "upload-artifact" in step.get("uses", ""))
    assert kept["if"] == "always()"
    assert kept["with"]["path"].split() == ["check.json", "check.xml"]

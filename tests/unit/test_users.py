"""Who goes out of a group again: whom apply has put in, and nobody else."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.made import parse
from gpufleet.operations import before
from gpufleet.operations.users import former

if TYPE_CHECKING:
    from pathlib import Path

MADE = "file /a\nmember alice docker\nmember bob docker\nmember carol video\nhold docker-ce\n"


def test_who_is_declared_no_longer_goes_if_apply_has_put_them_in() -> None:
    members = parse(MADE).members
    assert former(members, "docker", ["alice"]) == ["bob"]
    assert former(members, "docker", []) == ["alice", "bob"]
    assert former(members, "docker", ["alice", "bob", "dave"]) == []


def test_a_host_that_remembers_nothing_keeps_everybody() -> None:
    assert former(parse("").members, "docker", []) == []


@pytest.mark.parametrize(("taken_out", "left"), [("true", MADE.replace("member bob docker\n", "")), ("false", MADE)])
def test_who_was_taken_out_is_forgotten_and_everything_else_is_remembered(
    taken_out: str, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    made.write_text(MADE)
    monkeypatch.setattr(before, "FUNCTIONS", before.FUNCTIONS.replace("/var/lib/gpufleet/made", str(made)))
    done = subprocess.run(["sh", "-c", before.forgotten("member bob docker", taken_out).get_raw_value()], check=False)
    assert (done.returncode == 0, made.read_text()) == (taken_out == "true", left)

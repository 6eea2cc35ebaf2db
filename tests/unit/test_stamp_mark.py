"""The mark "in progress": a run makes its own, keeps an earlier one, and a partial run ends none but its own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.files import FileState
from gpufleet.operations.change import begin, made_here
from gpufleet.operations.stamp import unfinished
from gpufleet.state import STATE_DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path


def begun(folder: Path) -> bytes:
    """The mark in a folder after an operation has begun there."""
    (command,) = begin()
    subprocess.run(["sh", "-c", str(command).replace(STATE_DIRECTORY, str(folder))], check=True)
    return (folder / "in-progress").read_bytes()


def mark(content: bytes) -> FileState:
    return FileState(content, "644", "root:root")


def test_a_run_knows_its_own_mark(tmp_path: Path) -> None:
    assert made_here(begun(tmp_path / "state"))
    assert made_here(begun(tmp_path / "state"))
    assert unfinished(mark(begun(tmp_path / "state")), ["sandbox"])


@pytest.mark.parametrize("content", [b"", b"0123456789abcdef\n"])
def test_the_mark_of_an_earlier_run_stays_and_only_a_run_of_all_roles_ends_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in-progress").write_bytes(content)
    assert begun(tmp_path) == content
    assert unfinished(mark(content), ["sandbox"]) is None
    assert unfinished(mark(content), None) == mark(content)


def test_a_mark_that_is_not_to_be_read_is_left_by_a_partial_run() -> None:
    odd = Unreadable("not a regular file")
    assert unfinished(odd, ["sandbox"]) is None
    assert unfinished(odd, None) == odd

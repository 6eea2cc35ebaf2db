"""The script that reads containerd, with a `containerd` that prints what real ones were recorded to print."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gpufleet.containerd.effect import effect
from gpufleet.containerd.reading import containerd_state
from gpufleet.containerd.toml_text import at
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.scripts import script

if TYPE_CHECKING:
    from gpufleet.containerd.state import ContainerdState

RECORDED = Path(__file__).parent / "data" / "containerd"


def state_of(folder: Path, version: str, dump: str = f"{RECORDED}/config-${{2:?}}-2.0.0.toml") -> ContainerdState:
    """A host whose containerd prints that file."""
    program = folder / "containerd"
    program.write_text(
        f'#!/bin/sh\ncase "$*" in --version) echo "containerd github.com/containerd/containerd/v2 {version} " ;; '
        f'*) cat "{dump}" ;; esac\n'
    )
    program.chmod(0o755)
    texts = (script(name) for name in ("report.sh", "dockerd.sh", "containerd.sh"))
    done = subprocess.run(
        ["sh", "-c", "\n".join(texts), "sh", "", ""],
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return containerd_state(done.stdout.splitlines())


def read(folder: Path, version: str) -> bytes:
    """What the script takes for what containerd makes of its files."""
    state = state_of(folder, version)
    assert state.version == version
    assert isinstance(state.dump, bytes)
    return state.dump


@pytest.mark.parametrize(("version", "seen"), [("2.0.0", True), ("2.0.5", True), ("2.1.0", False), ("1.7.24", False)])
def test_files_of_version_2_are_read_as_2_0_takes_them_and_not_as_it_dumps_them(
    tmp_path: Path, version: str, seen: bool
) -> None:
    dumped = effect(read(tmp_path, version))
    program = at(dumped["runtime"], "options", "BinaryName")
    assert (program == "/usr/bin/nvidia-container-runtime") == seen
    assert dumped["cdi"], "which is on by default"


def test_a_file_that_is_imported_by_a_path_with_a_blank_is_read(tmp_path: Path) -> None:
    mine = tmp_path / "my files" / "a b.toml"
    mine.parent.mkdir()
    mine.write_text("version = 2\n")
    dump = tmp_path / "dump.toml"
    dump.write_text(f'imports = ["{mine.parent}/*.toml"]\n')
    assert state_of(tmp_path, "2.1.0", str(dump)).others == {str(mine): b"version = 2\n"}


def test_a_dump_that_is_no_toml_is_no_answer_and_no_exception(tmp_path: Path) -> None:
    dump = tmp_path / "dump.toml"
    dump.write_text("Killed\n")
    found = state_of(tmp_path, "2.1.0", str(dump)).dump
    assert isinstance(found, Unreadable)
    assert "it is no TOML" in found.why

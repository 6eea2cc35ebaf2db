"""Workspaces: what lies at a path, and who may write there."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.folders import Paths, PathState
from gpufleet.operations.folders import made_by_docker

if TYPE_CHECKING:
    from pathlib import Path


def look(*paths: Path) -> dict[str, PathState]:
    """What the fact says of paths on this machine."""
    command = Paths().command(paths=[str(path) for path in paths]).get_raw_value()
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    return Paths().process(done.stdout.splitlines())


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "may"),
    [
        ("755", 1000, 1000, True),
        ("755", 1001, 1000, False),
        ("775", 1001, 1000, True),
        ("777", 1001, 1001, True),
        ("1777", 1001, 1001, True),
        ("555", 1000, 1000, False),
        ("700", 0, 0, True),
    ],
)
def test_who_may_write_to_a_folder(mode: str, uid: int, gid: int, may: bool) -> None:
    assert PathState("directory", 1000, 1000, mode, direct=True).lets_write(uid, gid) is may


def test_paths_are_told_with_their_owner_and_missing_ones_are_not(tmp_path: Path) -> None:
    folder, file = tmp_path / "a b|c", tmp_path / "file"
    folder.mkdir(mode=0o750)
    file.write_text("x")
    found = look(folder, file, tmp_path / "missing")
    assert found == {
        str(folder): PathState("directory", os.getuid(), os.getgid(), "750", direct=True, empty=True),
        str(file): PathState("regular file", os.getuid(), os.getgid(), found[str(file)].mode, direct=True),
    }


def test_a_path_through_a_symbolic_link_is_told_from_a_direct_one(tmp_path: Path) -> None:
    (tmp_path / "real" / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    found = look(tmp_path / "link", tmp_path / "link" / "inside", tmp_path / "real")
    assert [state.direct for state in found.values()] == [False, False, True]


def test_a_symbolic_link_that_leads_nowhere_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/app/elsewhere")
    assert look(tmp_path / "link")[str(tmp_path / "link")].kind == "symbolic link"


ROOTS = PathState("directory", 0, 0, "755", direct=True)


@pytest.mark.parametrize(
    ("path", "found", "around", "made"),
    [
        ("/home/ana/py", ROOTS, PathState("directory", 1001, 1001, "755", direct=True), True),
        ("/root/project", ROOTS, ROOTS, False),
        ("/root/project", ROOTS, None, False),
        ("/root/py", PathState("directory", 0, 0, "755", direct=True, empty=True), ROOTS, True),
        ("/srv/py", PathState("directory", 0, 0, "755", direct=True, empty=True), ROOTS, False),
        ("/home/ana/py", PathState("directory", 0, 0, "755", direct=False, empty=True), ROOTS, False),
        ("/home/ana/py", PathState("directory", 7, 7, "755", direct=True, empty=True), ROOTS, False),
    ],
)
def test_what_docker_made_is_told_from_a_folder_of_roots_own(
    path: str, found: PathState, around: PathState | None, made: bool
) -> None:
    home = "/root" if path.startswith("/root/") else "/home/ana"
    assert made_by_docker(path, found, around, home) is made

"""Who may read what is written of a containerd's configuration: nobody who may not read the user's own files."""

from __future__ import annotations

import os
import subprocess
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyinfra.api import StringCommand

from gpufleet.containerd.access import access
from gpufleet.containerd.planned import Plan, planned
from gpufleet.containerd.state import DROP_IN
from gpufleet.facts.files import FileState
from gpufleet.operations.containerd_commands import tried_and_written, written
from gpufleet.state import STATE_DIRECTORY
from tests.unit.containerd_cases import TRIED, WISH, host
from tests.unit.test_containerd_script import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("found", "closed", "expected"),
    [
        (None, False, ("644", "root:root")),
        (None, True, ("600", "root:root")),
        (("644", "root:root"), True, ("600", "root:root")),
        (("640", "root:adm"), True, ("600", "root:root")),
        (("600", "me:me"), True, ("600", "root:root")),
        (("400", "root:adm"), True, ("400", "root:adm")),
        (("640", "me:adm"), False, ("640", "me:adm")),
        (("600", "root:root"), False, ("600", "root:root")),
    ],
)
def test_our_file_is_as_closed_as_the_users_and_otherwise_stays_as_it_is(
    found: tuple[str, str] | None, closed: bool, expected: tuple[str, str]
) -> None:
    assert access(FileState(b"", *found) if found else None, closed=closed) == expected


@pytest.mark.parametrize("closed", [True, False])
def test_the_file_has_that_mode_when_it_is_written(tmp_path: Path, closed: bool) -> None:
    file = tmp_path / "99-nvidia.toml"
    for found in (None, FileState(b"", "644", "root:root")):
        run(written(str(file), b"x", found, closed=closed), tmp_path)
        assert f"{file.stat().st_mode & 0o777:o}" == ("600" if closed else "644")
        assert file.read_bytes() == b"x"


def test_what_is_tried_is_roots_alone_whatever_the_users_files_are(tmp_path: Path) -> None:
    plan = planned(host(), WISH, TRIED)
    assert isinstance(plan, Plan)
    for command in islice(tried_and_written(host(), plan, WISH, DROP_IN, plan.drop_in), 3):
        run(command, tmp_path)
    tried = {each.name: f"{each.stat().st_mode & 0o777:o}" for each in (tmp_path / "containerd").iterdir()}
    assert tried == dict.fromkeys(("99-nvidia.toml", "config.toml", "users.toml"), "600")


def run(command: object, state: Path) -> None:
    """Run it as whoever runs the tests, with this folder for gpufleet's own."""
    assert isinstance(command, StringCommand)
    text = command.get_raw_value().replace(STATE_DIRECTORY, str(state))
    here = text.replace("root:root", f"{os.getuid()}:{os.getgid()}")
    given = command.connector_arguments.get("_stdin")
    assert isinstance(given, str), "an argument would be in the log of sudo"
    subprocess.run(["sh", "-c", here], check=True, input=f"{given}\n", text=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("mode", "way", "closed"),
    [(0o644, 0o755, False), (0o604, 0o701, False), (0o640, 0o755, True), (0o600, 0o755, True), (0o644, 0o750, True)],
)
def test_a_file_that_not_everybody_may_read_is_told_from_one_that_everybody_may(
    folder: Path, mode: int, way: int, closed: bool
) -> None:
    mine = folder / "of mine" / "registry.toml"
    mine.parent.mkdir(mode=way)
    mine.write_text("version = 2\n")
    mine.chmod(mode)
    mine.parent.chmod(way)
    (folder / "link.toml").symlink_to(mine)
    (folder / "dump").write_text(f'imports = ["{folder}/*.toml"]\n')
    state = state_of(folder, "1.7.24", str(folder / "dump"))
    assert state.others
    assert state.closed == closed

"""Images that are copied to this machine, by commands whose paths a person has named."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from pyinfra.api import StringCommand

from gpufleet.operations.image_export import gone, saving

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["My USB/saved.tar", "a;touch b/saved.tar", "$(touch b)/saved.tar", "it's/saved.tar"]
SHOWS_ARGUMENTS = 'sh -c \'shift; for each in "$@"; do echo "$each"; done\' sh'


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_one_word_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    words = saving(str(tmp_path / name), 1000, ["gpufleet/cuda:13-a"])
    _, _, *arguments = words
    shown = StringCommand(SHOWS_ARGUMENTS, *arguments).get_raw_value()
    done = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == [str(tmp_path / name), "1000", "gpufleet/cuda:13-a"]


@pytest.mark.parametrize("name", NAMES)
def test_no_other_file_goes_than_the_copy(tmp_path: Path, name: str) -> None:
    copy = tmp_path / name
    copy.parent.mkdir()
    copy.write_text("images")
    other = tmp_path / name.partition(" ")[0]
    if not other.exists():
        other.write_text("somebody's")
    before = {path for path in tmp_path.rglob("*") if path != copy}
    subprocess.run(["sh", "-c", gone(str(copy)).get_raw_value()], check=True, cwd=tmp_path)
    assert set(tmp_path.rglob("*")) == before

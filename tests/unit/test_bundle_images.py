"""Images out of a bundle: which one, what room it takes, what a person is told, and what the loading script does."""

from __future__ import annotations

import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from gpufleet.bundle.images import files_of, find, lacking, needed_bytes
from gpufleet.bundle.manifest import Manifest, Part, StoredFile, StoredImage
from gpufleet.facts.image_building import Building
from gpufleet.facts.scripts import script
from gpufleet.operations.image_commands import no_docker

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = "ab" * 32
NAME = f"gpufleet/cuda:12-{CONTENT[:12]}"


def file(sha256: str, size: int) -> StoredFile:
    return StoredFile(sha256, size, (Part(sha256, size),))


IMAGE = StoredImage(NAME, CONTENT, config="c", layers=("1", "2", "2"), size=1000, user="1000")
ROOTS = StoredImage("gpufleet/cuda:13-1", "x", config="d", layers=("1",), size=500)
FILES = (file("1", 100), file("2", 20), file("c", 3), file("d", 4))
MANIFEST = Manifest("debian13", "amd64", (), (), (IMAGE, ROOTS), FILES)


def test_the_name_of_an_image_tells_which_one_it_is() -> None:
    assert find(MANIFEST, NAME) == IMAGE
    assert find(MANIFEST, f"{NAME}0") is None


def test_a_layer_that_an_image_has_twice_is_delivered_once() -> None:
    assert files_of(IMAGE) == ["c", "1", "2"]


def test_a_load_needs_room_for_the_image_for_dockers_copy_and_for_ours() -> None:
    assert needed_bytes(MANIFEST, IMAGE) == 1000 + 2 * (100 + 20 + 3)


def test_a_person_is_told_what_the_bundle_holds_and_how_to_gather_what_it_lacks() -> None:
    told = lacking(MANIFEST, "/srv/bundle", "gpufleet/cuda:12-ff", "--user 1001:1001 --cuda 12")
    assert told.resource == "gpufleet/cuda:12-ff"
    assert told.observed == f"one that holds {NAME} for user 1000, gpufleet/cuda:13-1 for user root"
    assert "(`--user 1001:1001 --cuda 12`)" in told.expected
    assert "/srv/bundle" in told.expected
    assert "`gpufleet bundle … --user 1001:1001 --cuda 12`" in told.way_out


def test_a_bundle_without_any_image_says_so() -> None:
    empty = Manifest("debian13", "amd64", (), (), (), ())
    assert lacking(empty, "/b", NAME, "--cuda 12").observed == "one that holds no image"


@pytest.mark.parametrize(
    ("building", "observed"),
    [
        (Building(), "a host without Docker"),
        (Building(docker=True), "a Docker without it"),
        (Building(docker=True, buildx=True), None),
    ],
)
def test_a_host_that_builds_for_others_needs_docker_with_buildkit(building: Building, observed: str | None) -> None:
    found = no_docker(NAME, building)
    assert (found and found.observed) == observed


DOCKER = """#!/bin/sh
shift 2
echo "$*" >>"$SAID"
case $1 in
load) cat >"$SAID.tar"; [ -z "$BROKEN" ] || { echo "$BROKEN"; exit 1; } ;;
image) [ "$2" = rm ] || echo "$LABEL" ;;
esac
"""


def load(folder: Path, *files: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a `docker` that notes what it was asked and keeps what it was to load."""
    for name in ("1", "2"):
        (folder / name).write_text(f"layer {name}")
    program = folder / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    text = script("image-load.sh", "gpufleet.operations.scripts")
    variables = {"SAID": str(folder / "said"), "BROKEN": "", "LABEL": CONTENT, **environment}
    return subprocess.run(
        ["sh", "-c", text, "sh", str(folder), NAME, CONTENT, "[index]", *files],
        env={"PATH": f"{folder}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_archive_of_the_index_and_the_files_is_loaded_and_nothing_else_is_left(tmp_path: Path) -> None:
    done = load(tmp_path, "1", "2")
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "said.tar") as tar:
        contents = {member.name: tar.extractfile(member) for member in tar}
        assert {name: found and found.read() for name, found in contents.items()} == {
            "manifest.json": b"[index]",
            "1": b"layer 1",
            "2": b"layer 2",
        }
    assert (tmp_path / "said").read_text().splitlines()[0] == "load -q"
    assert "image rm" not in (tmp_path / "said").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"1", "2", "docker", "said", "said.tar"}


@pytest.mark.parametrize("label", ["cd" * 32, ""])
def test_an_image_of_other_content_loses_its_name_again(tmp_path: Path, label: str) -> None:
    done = load(tmp_path, "1", LABEL=label)
    assert done.returncode == 1
    assert f"(gpufleet.content {label or 'absent'}, wanted {CONTENT})" in done.stderr
    assert f"image rm {NAME}" in (tmp_path / "said").read_text()


def test_what_docker_complains_of_is_said(tmp_path: Path) -> None:
    done = load(tmp_path, "1", BROKEN="no space left on device")
    assert done.returncode == 1
    assert done.stderr == f"refused: {NAME} cannot be loaded: no space left on device\n"
    assert not list(tmp_path.glob("load.*"))


def test_a_file_that_is_not_there_is_no_image_although_docker_is_content(tmp_path: Path) -> None:
    done = load(tmp_path, "1", "missing")
    assert done.returncode == 1
    assert "its files in" in done.stderr
    assert "image rm" not in (tmp_path / "said").read_text()

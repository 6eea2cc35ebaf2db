"""The scripts that read images and what a build needs, with a `docker` that answers, fails, or loses some."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.image_building import Building, building
from gpufleet.facts.images import present
from gpufleet.facts.scripts import script
from gpufleet.images.present import Present, own_references

if TYPE_CHECKING:
    from pathlib import Path

OURS = "gpufleet/cuda"
CONTENT = "ab" * 32
LABELS = {"gpufleet.image": "cuda_image", "gpufleet.content": CONTENT}
TAGS = [f"{OURS}:12-{CONTENT[:12]}", "mine:1"]
IMAGE = {"Id": "sha256:1", "RepoTags": TAGS, "Created": 1767225600, "Labels": LABELS}
JOB = {"Names": ["/job"], "ImageID": "sha256:2", "Command": 'run --token "hunter2" \\', "Labels": {}}
IMAGES, CONTAINERS = (json.dumps([each], separators=(",", ":")) for each in (IMAGE, JOB))


def run(folder: Path, text: str) -> list[str]:
    """What a reading script prints where the programs in this folder come first."""
    done = subprocess.run(
        ["sh", "-c", f"{script('report.sh')}\ndockerd_pid() {{ :; }}\n{text}"],
        env={"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def read(folder: Path, images: str = "", containers: str = "") -> Present | Unreadable:
    """The images that are read where dockerd's API does this at each of the two places."""
    (folder / "images").write_text(IMAGES)
    (folder / "containers").write_text(CONTAINERS)
    does = {"/images": images or f"cat {folder}/images", "/containers": containers or f"cat {folder}/containers"}
    cases = "".join(f"{place}/json*) {what} ;;\n" for place, what in does.items())
    api = f"docker_api() {{\ncase $2 in\n{cases}esac\n}}\n"
    running = f"dockerd_pid() {{ echo 1; }}\ndockerd_paused() {{ :; }}\n{api}seconds=1\n"
    (folder / "docker").write_text("")
    (folder / "docker").chmod(0o755)
    text = script("ask.sh") + script("images.sh").replace("/var/lib/gpufleet", str(folder))
    lines = run(folder, running + text)
    assert "hunter2" not in "".join(lines)
    return present(lines)


def test_images_containers_and_what_was_declared_last_are_read(tmp_path: Path) -> None:
    (tmp_path / "cuda-image").write_text(f"{TAGS[0]}\n")
    found = read(tmp_path)
    assert isinstance(found, Present)
    assert [image.references for image in found.images] == [tuple(TAGS)]
    assert own_references(found.images[0], OURS) == TAGS[:1]
    assert [(container.name, container.image) for container in found.containers] == [("job", "sha256:2")]
    assert found.remembered == TAGS[0]


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("return 2", "dockerd does not answer"),
        ("return 3", "dockerd does not answer"),
        ('echo \'{"message": "no"}\'', "dockerd does not answer"),
        ("return 124", "dockerd gives no answer within 1 s"),
        ("return 137", "dockerd gives no answer within 1 s"),
    ],
)
@pytest.mark.parametrize("place", ["images", "containers"])
def test_a_daemon_that_fails_on_the_way_is_no_host_without_containers(
    tmp_path: Path, place: str, does: str, why: str
) -> None:
    assert read(tmp_path, **{place: does}) == Unreadable(why)


def test_a_daemon_that_hangs_has_one_time_limit_for_all_questions(tmp_path: Path) -> None:
    given = f"echo $1 >>{tmp_path}/given"
    read(tmp_path, images=f"{given}; sleep 0.5; echo []", containers=f"{given}; echo []")
    first, second = map(float, (tmp_path / "given").read_text().split())
    assert first <= 1
    assert second <= 0.5
    assert read(tmp_path, images="sleep 1; echo []") == Unreadable("dockerd gives no answer within 1 s")


def test_a_daemon_that_somebody_stopped_is_told_from_one_that_is_silent(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    found = present(run(tmp_path, script("ask.sh") + script("images.sh")))
    assert found == Unreadable("dockerd does not run", stopped=True)


def test_a_docker_that_went_is_told_from_one_that_never_was_there(tmp_path: Path) -> None:
    text = "command() { false; }\n" + script("ask.sh") + script("images.sh")
    text = text.replace("/var/lib/gpufleet", str(tmp_path))
    assert present(run(tmp_path, text)) == Present()
    (tmp_path / "stamp.json").touch()
    assert present(run(tmp_path, text)) == Unreadable("Docker is no longer installed", stopped=True)


def reads(folder: Path) -> Building:
    """What a build needs, read with `folder` in place of apt's configuration."""
    return building(run(folder, script("ask.sh") + script("image_building.sh").replace("/etc/apt", str(folder))))


def test_apts_logins_are_read_from_the_files_that_apt_reads(tmp_path: Path) -> None:
    parts = tmp_path / "auth.conf.d"
    parts.mkdir()
    (tmp_path / "auth.conf").write_text("main")
    for name in ("90ubuntu-advantage", "corp.conf", "corp.conf.dpkg-old", "corp.disabled"):
        (parts / name).write_text(name)
    assert reads(tmp_path).apt_logins.split() == ["main", "90ubuntu-advantage", "corp.conf"]

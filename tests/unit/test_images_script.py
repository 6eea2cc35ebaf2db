"""The scripts that read images and what a build needs, with a `docker` that answers, fails, or loses some."""

from __future__ import annotations

import json
import os
import subprocess
import time
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
IMAGE = {"Id": "sha256:1", "RepoTags": TAGS, "Created": "2026", "Config": {"Labels": LABELS}}
JOB = {"Name": "/job", "Image": "sha256:2", "Labels": {}}
SHOW_ONE_EACH = f"shift 4; for id in \"$@\"; do echo '{json.dumps(IMAGE)}'; done"
ANSWERS = {
    "image,ls": "echo sha256:1; echo sha256:1",
    "image,inspect": SHOW_ONE_EACH,
    "ps,*": "echo c1; echo c2",
    "inspect,*": f"echo '{json.dumps(JOB)}'; echo '{json.dumps(JOB | {'Name': '/other'})}'",
}


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


def read(folder: Path, **changed: str) -> Present | Unreadable:
    """The images that are read where `docker` does this for each of its commands."""
    given = {verb.replace("_", ","): does for verb, does in changed.items()}
    cases = "".join(f"{verb}) {does} ;;\n" for verb, does in {**ANSWERS, **given}.items())
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\nshift 2\ncase $1,$2 in\n{cases}esac\n")
    program.chmod(0o755)
    running = "dockerd_pid() { echo 1; }\ndockerd_paused() { :; }\nseconds=1\n"
    text = script("ask.sh") + script("images.sh").replace("/var/lib/gpufleet", str(folder))
    return present(run(folder, running + text))


def test_an_image_with_two_tags_is_one_image(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert isinstance(found, Present)
    assert [image.references for image in found.images] == [tuple(TAGS)]
    assert own_references(found.images[0], OURS) == TAGS[:1]
    assert [container.name for container in found.containers] == ["job", "other"]


@pytest.mark.parametrize(
    "said",
    ["Error: No such container: c2", "error: no such object: c2", "Error response from daemon: No such container: c2"],
)
def test_a_container_that_goes_meanwhile_is_left_out(tmp_path: Path, said: str) -> None:
    found = read(tmp_path, **{"inspect,*": f"echo '{json.dumps(JOB)}'; echo '{said}' >&2; exit 1"})
    assert isinstance(found, Present)
    assert [container.name for container in found.containers] == ["job"]
    assert len(found.images) == 1


@pytest.mark.parametrize(
    ("remembered", "images", "asked"),
    [(TAGS[0], "sha256:1", False), ("gpufleet/cuda:13-0", "sha256:1", True), (TAGS[0], "sha256:1 sha256:2", True)],
    ids=["the one", "another one", "two"],
)
def test_containers_are_not_asked_for_where_the_only_image_is_the_one_declared_last(
    tmp_path: Path, remembered: str, images: str, asked: bool
) -> None:
    (tmp_path / "cuda-image").write_text(f"{remembered}\n")
    found = read(tmp_path, image_ls=f"printf '%s\\n' {images}")
    assert isinstance(found, Present)
    assert found.remembered == remembered
    assert bool(found.containers) is asked


def test_an_image_that_goes_meanwhile_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, image_inspect="echo; echo 'Error: No such image: sha256:1' >&2; exit 1")
    assert isinstance(found, Present)
    assert found.images == ()
    assert len(found.containers) == 2


@pytest.mark.parametrize(
    "does",
    [
        "echo 'Cannot connect to the Docker daemon at unix:///run/docker.sock.' >&2; exit 1",
        f"echo '{json.dumps(JOB)}'; echo 'Error response from daemon: input/output error' >&2; exit 1",
        "sleep 9",
    ],
)
@pytest.mark.parametrize("verb", ["image,ls", "image,inspect", "ps,*", "inspect,*"])
def test_a_daemon_that_fails_on_the_way_is_no_host_without_containers(tmp_path: Path, verb: str, does: str) -> None:
    why = "dockerd gives no answer within 1 s" if "sleep" in does else "dockerd does not answer"
    assert read(tmp_path, **{verb: does}) == Unreadable(why)


def test_a_daemon_that_hangs_has_one_time_limit_for_all_questions(tmp_path: Path) -> None:
    begun = time.monotonic()
    slow = "sleep 0.8; echo sha256:1"
    assert isinstance(read(tmp_path, image_ls=slow, image_inspect="sleep 9"), Unreadable)
    assert time.monotonic() - begun < 2.5


def test_a_daemon_that_somebody_stopped_is_told_from_one_that_is_silent(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    found = present(run(tmp_path, script("ask.sh") + script("images.sh")))
    assert found == Unreadable("dockerd does not run", stopped=True)


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

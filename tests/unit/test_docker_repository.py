"""Whether a host uses Docker's repository: wherever apt knows it, and not where Docker came as files and is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpufleet.dockerd.state import DockerState
from gpufleet.facts.apt import Package
from gpufleet.facts.files import FileState
from gpufleet.made import Made
from roles.docker_engine.families import DOCKER_PACKAGES, PINNED
from roles.docker_engine.present import Present
from roles.docker_engine.source import KEYRING, SOURCE, Origin, named_before

URL = "https://download.docker.com/linux"
LIST = "/etc/apt/sources.list.d/docker.list"
LINE = f"deb [arch=amd64] {URL}/debian trixie stable\n"
VERSION = "5:26.1.5-1~debian.13~trixie"
AUTO = Origin("auto", None, URL)

FROM_FILES = Present(
    packages={name: Package(VERSION if name in PINNED else "1.7.24-1") for name in DOCKER_PACKAGES},
    docker=DockerState(program="/usr/bin/dockerd"),
    keyring=None,
    source=None,
    sources={"/etc/apt/sources.list": "deb https://archive.example.org/debian trixie main\n"},
)
"""A complete Docker of Docker's own, and nothing of Docker's in apt."""


def test_a_docker_that_came_as_files_and_is_only_kept_has_no_repository() -> None:
    assert not FROM_FILES.needs_repository(AUTO)
    mirror = {LIST: LINE.replace("download.docker.com", "apt.example.org")}
    assert not replace(FROM_FILES, sources=mirror).needs_repository(AUTO), "not the declared one"


@pytest.mark.parametrize("line", [LINE, LINE.replace("[arch=amd64]", "[signed-by=/usr/share/keyrings/docker.gpg]")])
def test_an_entry_of_older_articles_is_one_however_complete_its_docker_is(line: str) -> None:
    assert replace(FROM_FILES, sources={LIST: line}).needs_repository(AUTO)
    assert not replace(FROM_FILES, sources={LIST: f"# {line}"}).needs_repository(AUTO), "switched off"


def test_one_of_our_two_files_is_enough() -> None:
    file = FileState(b"", "644", "root:root")
    assert replace(FROM_FILES, keyring=file).needs_repository(AUTO)
    assert replace(FROM_FILES, source=file).needs_repository(AUTO)


@pytest.mark.parametrize(
    ("version", "needed"),
    [("26.1.5", False), (VERSION, False), ("26.1.6", True), ("5:26.1.5-2~debian.13~trixie", True)],
)
def test_another_version_than_the_one_that_came_as_files_comes_from_the_repository(
    version: str, *, needed: bool
) -> None:
    assert FROM_FILES.needs_repository(replace(AUTO, version=version)) is needed, "a hold takes no network"


@pytest.mark.parametrize("state", [Package(), Package("1.7.24-1", broken="half-configured")])
def test_a_package_that_is_not_there_or_not_whole_comes_from_the_repository(state: Package) -> None:
    packages = {**FROM_FILES.packages, "docker-buildx-plugin": state}
    assert replace(FROM_FILES, packages=packages).needs_repository(AUTO)


def test_a_declared_source_is_taken_at_its_word() -> None:
    assert FROM_FILES.needs_repository(replace(AUTO, source="docker"))
    assert not FROM_FILES.needs_repository(replace(AUTO, source="distribution"))


def test_the_list_of_a_host_with_the_distributions_docker_is_its_users_own() -> None:
    theirs = replace(FROM_FILES, packages={"docker.io": Package("26.1.5+dfsg1-9")}, sources={LIST: LINE})
    assert not theirs.needs_repository(AUTO)


@pytest.mark.parametrize(
    ("made", "known"),
    [
        (Made(), False),
        (Made(before={LIST: FileState(LINE.encode(), "644", "root:root")}), True),
        (Made(before={"/etc/motd": FileState(LINE.encode(), "644", "root:root")}), False),
        (Made(files=frozenset({SOURCE})), True),
        (Made(files=frozenset({KEYRING})), False),
    ],
)
def test_an_apply_that_was_killed_behind_the_removal_of_an_entry_is_gone_on_with(made: Made, *, known: bool) -> None:
    assert named_before(made, URL) is known

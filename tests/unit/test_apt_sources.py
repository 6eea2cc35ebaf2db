"""apt's source files: every way to write an entry is found, and nothing else is touched."""

from __future__ import annotations

import pytest

from gpufleet.apt.sources import clashes, is_empty, repository_name, without

DOCKER = "download.docker.com/linux"
DEBIAN = "deb http://archive.example.org/debian trixie main\n"


@pytest.mark.parametrize(
    "entry",
    [
        "deb https://download.docker.com/linux/debian trixie stable\n",
        "deb [arch=amd64 signed-by=/k/docker.gpg] https://download.docker.com/linux/ubuntu jammy stable\n",
        "deb-src http://download.docker.com/linux/debian/ trixie stable\n",
        "  deb\t[ arch=amd64 ]\thttps://download.docker.com/linux/debian trixie stable # by hand\n",
        "deb https://user:word@download.docker.com/linux/debian trixie stable\n",
    ],
)
def test_a_one_line_entry_goes_and_its_neighbours_stay(entry: str) -> None:
    assert without("/etc/apt/sources.list", DEBIAN + entry + DEBIAN, DOCKER) == DEBIAN + DEBIAN


@pytest.mark.parametrize(
    "line",
    [
        "# deb https://download.docker.com/linux/debian trixie stable\n",
        "deb https://download.docker.com.example.org/linux/debian trixie stable\n",
        "deb https://download.docker.com/linuxish/debian trixie stable\n",
    ],
)
def test_a_comment_or_another_repository_stays(line: str) -> None:
    assert without("x.list", line, DOCKER) == line


STANZA = "Types: deb\nURIs: https://download.docker.com/linux/debian\nSuites: trixie\nComponents: stable\n"
OTHER = "# the distribution\nTypes: deb\nURIs: http://archive.example.org/debian\nSuites: trixie\nComponents: main\n"


def test_a_stanza_goes_and_its_neighbours_stay() -> None:
    assert without("x.sources", f"{OTHER}\n{STANZA}\n{OTHER}", DOCKER) == f"{OTHER}\n{OTHER}"


@pytest.mark.parametrize(
    ("uris", "left"),
    [
        (
            "uris: http://other.example.org\n https://download.docker.com/linux/debian\n",
            "uris: http://other.example.org\n",
        ),
        ("URIs: https://download.docker.com/linux/a http://o.example.org/\n", "URIs: http://o.example.org/\n"),
        (
            "URIs:\n https://download.docker.com/linux/a\n# why\n\thttp://o.example.org\n",
            "URIs:\n# why\n\thttp://o.example.org\n",
        ),
        ("URIs:\n http://download.docker.com/linux/a\n https://download.docker.com/linux/\n", None),
    ],
)
def test_a_stanza_keeps_its_uris_of_other_vendors_and_goes_when_it_has_none(uris: str, left: str | None) -> None:
    rest = "Suites: trixie\n# https://download.docker.com/linux stays in a comment\nComponents: stable\n"
    cleaned = without("x.sources", f"Types: deb\n{uris}{rest}", DOCKER)
    assert cleaned == (f"Types: deb\n{left}{rest}" if left else "")


def test_a_disabled_stanza_stays() -> None:
    stanza = STANZA + "Enabled: no\n"
    assert without("x.sources", stanza, DOCKER) == stanza


def test_only_files_of_others_clash() -> None:
    files = {
        "/a/docker.sources": STANZA,
        "/a/docker.list": DEBIAN,
        "/a/old.list": "deb https://" + DOCKER + "/debian x y",
    }
    assert clashes(files, [DOCKER], "/a/docker.sources") == {"/a/old.list": ""}


def test_entries_for_several_repositories_go_and_ours_too_where_none_may_stay() -> None:
    old = "deb https://nvidia.github.io/nvidia-docker/ubuntu18.04/$(ARCH) /\n"
    files = {"/a/own.sources": STANZA, "/a/nvidia-docker.list": old + DEBIAN}
    cleaned = clashes(files, [DOCKER, "nvidia.github.io/nvidia-docker"], None)
    assert cleaned == {"/a/own.sources": "", "/a/nvidia-docker.list": DEBIAN}


def test_a_repository_is_known_by_host_and_path() -> None:
    assert repository_name("https://u:p@mirror.example.org/docker/") == "mirror.example.org/docker"


def test_comments_alone_are_as_good_as_nothing() -> None:
    assert is_empty("# deb x\n\n  # y\n")
    assert not is_empty("# x\n" + DEBIAN)

"""What is found about daemon.json and the service, and which finding explains which."""

from __future__ import annotations

import pytest

from gpufleet.dockerd.objections import Objection
from gpufleet.dockerd.planned import planned
from gpufleet.dockerd.service import gaps
from gpufleet.dockerd.state import DAEMON_JSON, KEYS, DockerState
from gpufleet.dockerd.words import file_differences, service_difference
from gpufleet.facts.answer import Unreadable

WANTED = {"live-restore": True, "max-concurrent-downloads": 5}


def differences(file: bytes | None, *, outranks: bool = True) -> list[tuple[str, str, str | None]]:
    docker = DockerState(file=file, file_time=1795317800)
    wanted = planned(docker, "docker_engine", WANTED, outranks=outranks)
    assert not isinstance(wanted, Objection)
    found = list(file_differences(docker, wanted, outranks=outranks))
    assert {each.resource for each in found} == {DAEMON_JSON}
    assert {each.since for each in found} == {None if file is None else 1795317800}
    return [(each.expected, each.observed, each.waits_for) for each in found]


def test_each_key_that_is_off_is_told_by_itself() -> None:
    assert differences(b'{"live-restore": true, "max-concurrent-downloads": 7}') == [
        ("max-concurrent-downloads: 5", "max-concurrent-downloads: 7", None)
    ]
    assert differences(b'{"max-concurrent-downloads": 5}') == [("live-restore: true", "no live-restore", None)]


@pytest.mark.parametrize(("file", "observed"), [(None, "no file"), (b"\n", "nothing in it"), (b"{}", "nothing in it")])
def test_a_file_that_is_gone_or_empty_is_one_thing_for_all_owners(file: bytes | None, observed: str) -> None:
    expected = '{"live-restore": true, "max-concurrent-downloads": 5}'
    assert differences(file) == [(expected, observed, None)]
    assert differences(file, outranks=False) == [(expected, observed, DAEMON_JSON)]


@pytest.mark.parametrize(
    ("docker", "resource", "kind"),
    [
        (DockerState(file=b"{,}"), DAEMON_JSON, "config"),
        (DockerState(file=Unreadable("it cannot be read as root")), DAEMON_JSON, "unknown"),
        (DockerState(keys=b"x"), KEYS, "config"),
        (DockerState(file=b'{"live-restore": true}', flags=("--config-file=/o.json",)), "dockerd", "config"),
    ],
)
def test_what_keeps_the_file_from_being_planned_is_told_by_class(docker: DockerState, resource: str, kind: str) -> None:
    found = planned(docker, "docker_engine", {"live-restore": True}, outranks=True)
    assert isinstance(found, Objection)
    assert (found.resource, found.kind) == (resource, kind)


def test_secrets_of_the_file_are_not_shown() -> None:
    keys = {"proxies": {"http-proxy": "http://u:hunter3@p"}, "token": "hunter3"}
    for file in (None, b'{"proxies": {"http-proxy": "http://u:hunter2@p"}, "token": "hunter2"}'):
        docker = DockerState(file=file)
        wanted = planned(docker, "docker_engine", keys, outranks=True)
        assert not isinstance(wanted, Objection)
        assert "hunter" not in repr(list(file_differences(docker, wanted, outranks=True)))


def test_a_service_whose_package_is_not_there_says_nothing_of_its_own() -> None:
    docker = DockerState(systemd=True)
    assert {service_difference(docker, gap, "docker-ce").waits_for for gap in gaps(docker, {})} == {"docker-ce"}
    there = DockerState(systemd=True, program="/usr/bin/dockerd")
    assert {service_difference(there, gap, "docker-ce").waits_for for gap in gaps(there, {})} == {None}

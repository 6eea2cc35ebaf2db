"""What can be done to a dockerd while containers run: decided over what it says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.live import live_restore, reload_is_enough, stops_containers
from gpufleet.dockerd.state import DockerState, Running
from gpufleet.facts.answer import Unreadable

LOADED = b'{"default-runtime": "nvidia", "features": {"cdi": true}}'


def docker(info: dict[str, Any] | Unreadable) -> DockerState:
    running = Running(1, "boot 1 2", 100.0, info)
    return DockerState(running=running, file=LOADED, file_time=50.0, loaded_by=running.identity, loaded=LOADED)


@pytest.mark.parametrize(
    ("state", "content", "stops"),
    [
        (docker({"ContainersRunning": 2}), b"{}", True),
        (docker({"ContainersRunning": 2}), b'{"live-restore": false}', True),
        (docker({"ContainersRunning": 2}), b'{"live-restore": true}', False),
        (docker({"ContainersRunning": 0}), b"{}", False),
        (docker(Unreadable("no answer")), b"{}", False),
        (DockerState(), b"{}", False),
    ],
)
def test_a_start_stops_what_runs_unless_the_file_says_otherwise(
    state: DockerState, content: bytes, stops: bool
) -> None:
    assert stops_containers(state, parse_object(content)) is stops


def test_a_daemon_that_says_nothing_is_taken_for_one_that_stops_its_containers() -> None:
    assert live_restore(docker({"LiveRestoreEnabled": True}))
    assert not live_restore(docker(Unreadable("no answer")))
    assert not live_restore(DockerState())


@pytest.mark.parametrize(
    ("content", "enough"),
    [
        (LOADED, True),
        (b'{"default-runtime": "runc", "features": {"cdi": true}}', True),
        (b'{"features": {"cdi": true}}', False),
        (b'{"default-runtime": "nvidia"}', False),
    ],
    ids=["nothing to load", "another default", "no default any more", "a feature that is read at the start"],
)
def test_that_a_default_is_gone_a_daemon_sees_at_its_start_and_another_one_on_a_reload(
    content: bytes, enough: bool
) -> None:
    state = docker({"ContainersRunning": 1, "DefaultRuntime": "nvidia"})
    assert reload_is_enough(state, parse_object(content)) is enough

"""The commands that change daemon.json and load it: what they are told, and what they do not show."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from gpufleet.dockerd.daemon_json import plan
from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.state import KEYS, LOADED, DockerState, Running
from gpufleet.facts.scripts import script
from gpufleet.masking import holds_secret
from gpufleet.operations import docker_commands
from gpufleet.state import BACKUPS, STATE_DIRECTORY

if TYPE_CHECKING:
    from pyinfra.api import StringCommand

STARTED = 1795317868.76
FILE = b'{"log-driver": "local"}'
RUNNING = Running(1, "boot 1 2", STARTED, {"LoggingDriver": "local"})


def arguments(command: StringCommand) -> list[str]:
    """The positional arguments of the script."""
    return [str(getattr(bit, "obj", bit)) for bit in command.bits[3:]]


def sent(command: StringCommand) -> list[str]:
    """What it reads."""
    lines = command.connector_arguments["_stdin"]
    return [base64.b64decode(line).decode() for line in lines]


def written(state: DockerState, **keys: object) -> StringCommand:
    content = parse_object(state.file if isinstance(state.file, bytes) else b"")
    return docker_commands.write(state, plan(content, {}, "docker_engine", keys))


def test_a_write_holds_only_for_the_file_that_was_compared() -> None:
    assert arguments(written(DockerState(file=FILE)))[0] == hashlib.sha256(FILE).hexdigest()
    assert arguments(written(DockerState()))[0] == "absent"


@pytest.mark.parametrize(
    ("state", "identity"),
    [
        (DockerState(file=FILE, file_time=STARTED - 9, running=RUNNING), "boot 1 2"),
        (DockerState(running=RUNNING), "boot 1 2"),
        (DockerState(file=FILE, file_time=STARTED + 9, running=RUNNING), ""),
        (DockerState(file=FILE, file_time=STARTED - 9, running=RUNNING, loaded_by="boot 1 2", loaded=FILE), ""),
        (DockerState(file=FILE), ""),
    ],
    ids=["loaded at its start", "started without a file", "edited since", "remembered already", "does not run"],
)
def test_what_a_daemon_loaded_is_kept_before_its_file_is_replaced(state: DockerState, identity: str) -> None:
    assert arguments(written(state, debug=True))[1] == identity


def test_a_write_sends_the_content_and_both_memories_unseen() -> None:
    command = written(DockerState(file=FILE), proxies={"http-proxy": "http://me:hunter2@p:1"})
    content, until, after, users_own = sent(command)
    assert parse_object(content.encode()).keys() == {"log-driver", "proxies"}
    assert until == after
    assert users_own == ""
    shown = f"{command} {command!r} {command.get_raw_value()}"
    assert "hunter2" not in shown
    assert base64.b64encode(content.encode()).decode() not in shown


def test_a_file_that_gets_its_first_secret_is_kept_from_others() -> None:
    secret = {"http-proxy": "http://me:x@p:1"}
    assert arguments(written(DockerState(), debug=True))[3] == "644"
    assert arguments(written(DockerState(), proxies=secret))[3] == "600"
    assert arguments(written(DockerState(file=FILE), proxies=secret))[3] == "600"
    users_choice = json.dumps({"proxies": secret}).encode()
    assert arguments(written(DockerState(file=users_choice), debug=True))[3] == "644"
    assert holds_secret(parse_object(b'{"log-opts": {"splunk-token": "x"}}'))
    assert not holds_secret(parse_object(b'{"registry-mirrors": ["https://m.example/@x"]}'))


def test_a_write_is_checked_with_the_units_own_flags() -> None:
    flags = ("-H", "fd://", "--config-file", "/etc/docker/daemon.json")
    assert arguments(written(DockerState(flags=flags), debug=True))[4:] == ["-H", "fd://"]


def test_a_load_waits_for_what_the_file_says() -> None:
    command = docker_commands.load(DockerState(file=FILE), parse_object(FILE), "restart")
    how, digest, template, shown, patience = arguments(command)
    assert (how, digest) == ("restart", hashlib.sha256(FILE).hexdigest())
    assert (template, shown) == ("{{json .LoggingDriver}}", '"local"')
    assert int(patience) > 0


def test_the_way_back_keeps_containers_and_forgets_no_key() -> None:
    state = DockerState(
        file=FILE,
        keys=b'{"docker_engine": [["log-driver"]]}',
        loaded=b'{"debug": true}',
        loaded_keys=b'{"docker_engine": [["debug"]], "other": [["x"]]}',
        loaded_by="boot 1 2",
    )
    keys, content = sent(docker_commands.load(state, parse_object(FILE), "live-restore"))
    assert parse_object(keys.encode()).keys() == {"docker_engine", "other"}
    assert "log-driver" in keys
    assert "debug" in keys
    assert content == '{\n    "debug": true,\n    "live-restore": true\n}\n'
    assert sent(docker_commands.load(state, parse_object(FILE), "restart"))[1] == ""


def test_the_script_keeps_its_files_where_the_facts_and_operations_look_for_them() -> None:
    text = script("daemon-json.sh", "gpufleet.operations.scripts")
    state, *below = re.findall(r"^(state|loaded|keys|backup)=(\S+)$", text, re.MULTILINE)
    assert state == ("state", STATE_DIRECTORY)
    places = {name: path.replace("$state", STATE_DIRECTORY) for name, path in below}
    assert places == {"loaded": LOADED, "keys": KEYS, "backup": BACKUPS}

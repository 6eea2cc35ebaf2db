"""What dockerd does with its configuration: reloads, restarts, flags, what it shows, what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.dockerd.flags import (
    config_file,
    environment_of,
    init_script_flags,
    unit_flags,
    without_config_file,
)
from gpufleet.dockerd.info import contradictions, observables, swarm_active
from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.rules import changed_keys, needs_restart, new_programs, undefined_default_runtime

if TYPE_CHECKING:
    from gpufleet.dockerd.json_tree import Object

INFO: dict[str, Any] = {
    "LiveRestoreEnabled": True,
    "Debug": False,
    "DefaultRuntime": "runc",
    "LoggingDriver": "local",
    "RegistryConfig": {"Mirrors": ["https://mirror.example/"]},
    "Runtimes": {"runc": {"path": "runc"}, "nvidia": {"path": "nvidia-container-runtime"}},
    "Swarm": {"LocalNodeState": "inactive"},
}
DEBIAN = (
    "{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock"
    " $DOCKER_OPTS ; ignore_errors=no ; start_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }"
)


def config(**keys: object) -> Object:
    return parse_object(json.dumps({key.replace("_", "-"): value for key, value in keys.items()}).encode())


@pytest.mark.parametrize(
    ("old", "new", "restart"),
    [
        ({}, {"live_restore": True}, []),
        ({"live_restore": True}, {"live_restore": False}, []),
        ({"live_restore": True}, {}, ["live-restore"]),
        ({}, {"log_driver": "local"}, ["log-driver"]),
        ({"registry_mirrors": ["https://a"]}, {"registry_mirrors": []}, []),
        ({"registry_mirrors": ["https://a"]}, {}, ["registry-mirrors"]),
        ({"runtimes": {"a": {}, "b": {}}}, {"runtimes": {"a": {}}}, []),
        ({"runtimes": {"a": {}}}, {}, ["runtimes"]),
        ({"max_concurrent_downloads": 5}, {}, []),
        ({"features": {"buildkit": True}}, {}, []),
        ({}, {"features": {"cdi": True}}, ["features"]),
        ({"features": {"cdi": True}}, {"features": {"cdi": True, "buildkit": False}}, []),
        ({"proxies": {"no-proxy": "a"}}, {"proxies": {"no-proxy": "b"}}, ["proxies"]),
        ({"debug": True, "bip": "10.9.0.1/24"}, {"debug": False, "bip": "10.8.0.1/24"}, ["bip"]),
        ({"debug": True}, {"debug": True}, []),
    ],
)
def test_a_restart_is_needed_only_for_what_a_reload_leaves(
    old: dict[str, object], new: dict[str, object], restart: list[str]
) -> None:
    assert needs_restart(config(**old), config(**new)) == restart


def test_changed_keys_are_top_level_and_by_meaning() -> None:
    old = parse_object(b'{"gone": 1, "same": 1.0, "deep": {"x": 1}}')
    new = parse_object(b'{"deep": {"x": 2}, "new": 1, "same": 1}')
    assert changed_keys(old, new) == ["deep", "new", "gone"]


def test_info_that_shows_the_file_is_no_contradiction() -> None:
    content = config(
        live_restore=True,
        debug=False,
        default_runtime="runc",
        log_driver="local",
        registry_mirrors=["https://mirror.example"],
        runtimes={"nvidia": {"path": "nvidia-container-runtime", "runtimeArgs": []}},
        data_root="/elsewhere",
    )
    assert contradictions(content, INFO) == []


@pytest.mark.parametrize(
    ("keys", "other"),
    [
        ({"live_restore": False}, ["live-restore"]),
        ({"default_runtime": "nvidia"}, ["default-runtime"]),
        ({"log_driver": "journald"}, ["log-driver"]),
        ({"registry_mirrors": ["https://other.example/"]}, ["registry-mirrors"]),
        ({"runtimes": {"kata": {"path": "kata"}, "nvidia": {"path": "x"}}}, ["runtimes"]),
        ({"registry_mirrors": [], "runtimes": {}, "default_runtime": ""}, []),
        ({"runtimes": {"wasm": {"runtimeType": "io.containerd.wasmtime.v1"}}}, []),
    ],
)
def test_info_that_shows_something_else_is_found(keys: dict[str, object], other: list[str]) -> None:
    assert contradictions(config(**keys), INFO) == other


def test_templates_print_what_is_expected() -> None:
    content = config(live_restore=True, registry_mirrors=["https://a/b"], runtimes={'x"y': {"path": "p"}})
    assert [(item.template, item.text) for item in observables(content)] == [
        ("{{json .LiveRestoreEnabled}}", "true"),
        ("{{json .RegistryConfig.Mirrors}}", '["https://a/b/"]'),
        ('{{with index .Runtimes "x\\"y"}}{{json .Path}}{{end}}', '"p"'),
    ]


@pytest.mark.parametrize(("state", "active"), [("inactive", False), ("", False), ("active", True), ("pending", True)])
def test_swarm_mode_is_seen(state: str, active: bool) -> None:
    assert swarm_active({"Swarm": {"LocalNodeState": state}}) is active
    assert not swarm_active({})


@pytest.mark.parametrize(
    ("keys", "flags", "name"),
    [
        ({}, [], None),
        ({"default_runtime": "runc"}, [], None),
        ({"default_runtime": "nvidia"}, [], "nvidia"),
        ({"default_runtime": "nvidia", "runtimes": {"nvidia": {"path": "n"}}}, [], None),
        ({"default_runtime": "nvidia"}, ["--add-runtime", "nvidia=/usr/bin/n"], None),
        ({"default_runtime": "nvidia"}, ["--add-runtime=nvidia=/usr/bin/n"], None),
        ({"default_runtime": "io.containerd.kata.v2"}, [], None),
        ({"default_runtime": "/usr/bin/kata.v2"}, [], "/usr/bin/kata.v2"),
    ],
)
def test_a_default_runtime_that_nothing_defines_is_found(
    keys: dict[str, object], flags: list[str], name: str | None
) -> None:
    assert undefined_default_runtime(config(**keys), flags) == name


def test_only_programs_of_new_runtimes_are_looked_for() -> None:
    old = config(runtimes={"old": {"path": "gone"}, "x": {"path": "a"}})
    new = config(runtimes={"old": {"path": "gone"}, "x": {"path": "b"}, "wasm": {"runtimeType": "t"}})
    assert new_programs(old, new) == ["b"]
    assert new_programs(old, config(runtimes={"old": {"path": "gone"}}, default_runtime="old")) == ["gone"]
    assert new_programs(old, {}) == []


def test_flags_of_the_unit_have_their_variables_filled_in() -> None:
    plain = ["-H", "fd://", "--containerd=/run/containerd/containerd.sock"]
    assert unit_flags(DEBIAN, {}) == plain
    assert unit_flags(DEBIAN, {"DOCKER_OPTS": "--debug  --mtu 1400"}) == [*plain, "--debug", "--mtu", "1400"]
    braces = DEBIAN.replace("$DOCKER_OPTS", "--label=a=${NAME}")
    assert unit_flags(braces, {"NAME": "b c"}) == [*plain, "--label=a=b c"]


@pytest.mark.parametrize("text", ["", "{ path=/bin/sh ; argv[]=/bin/sh -c dockerd ; ignore_errors=no ; pid=0 }"])
def test_a_unit_that_starts_something_else_has_no_flags(text: str) -> None:
    assert unit_flags(text, {}) == []


def test_environment_files_are_read_as_shell_and_systemd_do() -> None:
    lines = ["# comment", 'DOCKER_OPTS="--dns 8.8.8.8 --debug" # why', "export A=1", "B='x", "not a variable", "C=d=e"]
    assert environment_of(lines) == {"DOCKER_OPTS": "--dns 8.8.8.8 --debug", "A": "1", "C": "d=e"}
    assert init_script_flags(environment_of(lines)) == ["--dns", "8.8.8.8", "--debug"]


def test_the_configuration_file_among_the_flags_is_found_and_left_out() -> None:
    assert config_file(["-D"]) == "/etc/docker/daemon.json"
    for flags in (["-D", "--config-file", "/x.json", "-l", "info"], ["-D", "--config-file=/x.json", "-l", "info"]):
        assert config_file(flags) == "/x.json"
        assert without_config_file(flags) == ["-D", "-l", "info"]

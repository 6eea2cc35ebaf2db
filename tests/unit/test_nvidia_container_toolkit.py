"""What is declared about the NVIDIA Container Toolkit, and what of daemon.json that amounts to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gpufleet.apt.sources import without
from gpufleet.dockerd.daemon_json import plan
from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.json_tree import render
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.nvidia import NvidiaRuntime
from gpufleet.facts.systemd import UnitState
from gpufleet.operations.units import unit_differences
from gpufleet.platform import Docker
from roles.nvidia_container_toolkit.daemon import OWNER, declared_keys
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.nvidia_container_toolkit.source import FORMER, key_url, source_text
from roles.nvidia_container_toolkit.verdict import notices, refusals
from tests.unit.hosts import BARE

RECORDED = Path(__file__).parent / "data" / "nvidia_ctk" / "runtime-configure-docker.json"
ENTRY: dict[str, Any] = {"args": [], "path": "nvidia-container-runtime"}
PATH = ("runtimes", "nvidia", "path")


def keys(
    content: bytes = b"{}", *own: tuple[str, ...], docker: str | None = "29.2.0", **settings: bool
) -> dict[str, Any]:
    declared = NvidiaContainerToolkitSettings(**settings)  # type: ignore[arg-type]
    return declared_keys(declared, ENTRY, parse_object(content), frozenset(own), docker)


def test_a_version_without_revision_means_the_first_one() -> None:
    assert NvidiaContainerToolkitSettings(version="1.20.0").version == "1.20.0-1"
    assert NvidiaContainerToolkitSettings(version="1.19.1-2").version == "1.19.1-2"


@pytest.mark.parametrize("version", ["1.17.7", "1.9.0-1", "1.17.8~rc.2-1", "newest", "", "1.20", "1.20-1", "2"])
def test_a_version_with_known_holes_or_none_that_exists_is_refused(version: str) -> None:
    with pytest.raises(ValidationError):
        NvidiaContainerToolkitSettings(version=version)


def test_the_oldest_version_that_is_accepted() -> None:
    assert NvidiaContainerToolkitSettings(version="1.17.8").version == "1.17.8-1"
    assert NvidiaContainerToolkitSettings(version="1.18.0~rc.2-1").version == "1.18.0~rc.2-1"


def test_the_key_lies_beside_the_branch_of_the_repository() -> None:
    assert key_url("https://nvidia.github.io/libnvidia-container/stable/deb") == f"{FORMER[0]}/gpgkey"
    assert key_url("https://mirror.example.org/nvidia") == "https://mirror.example.org/nvidia/gpgkey"


def test_the_source_is_a_flat_repository_with_its_own_keyring() -> None:
    text = source_text("https://mirror.example.org/nvidia", "arm64")
    assert "URIs: https://mirror.example.org/nvidia/arm64\nSuites: /\n" in text
    assert "Components" not in text
    assert without("x.sources", text, "mirror.example.org/nvidia") == ""


def test_the_entry_is_what_nvidia_ctk_writes_less_what_dockerd_never_reads() -> None:
    cases = {case["name"]: case for case in json.loads(RECORDED.read_text())["cases"]}
    dry = cases["missing file, dry run"]
    entry = NvidiaRuntime().process(dry["stdout"].splitlines())
    assert entry == ENTRY
    assert keys() == {"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}


def test_log_lines_around_the_entry_are_no_part_of_it() -> None:
    shown = ['time="2026" level=info msg="Using config"', '{"runtimes": {"nvidia": {"path": "x"}}}', "exit code 0"]
    assert NvidiaRuntime().process(shown) == {"path": "x"}


@pytest.mark.parametrize("said", [["panic: x", "exit code 2"], ["{}"], ["exit code 124"]])
def test_an_nvidia_ctk_that_fails_is_unreadable_not_absent(said: list[str]) -> None:
    assert isinstance(NvidiaRuntime().process(said), Unreadable)
    assert NvidiaRuntime().process(["absent"]) is None


@pytest.mark.parametrize(
    ("content", "own", "declared"),
    [
        (b'{"runtimes": {"runsc": {"path": "runsc"}}}', [], {"path": "nvidia-container-runtime"}),
        (b'{"runtimes": {"nvidia": {"path": "/opt/n", "runtimeArgs": ["-d"]}}}', [], None),
        (b'{"runtimes": {"nvidia": {"path": "/opt/n"}}}', [PATH], {"path": "nvidia-container-runtime"}),
        (b'{"runtimes": {"nvidia": {"runtimeArgs": ["-d"]}}}', [], {"path": "nvidia-container-runtime"}),
        (b'{"runtimes": {"nvidia": {"runtimeType": "io.containerd.x"}}}', [], None),
        (b'{"runtimes": []}', [], {"path": "nvidia-container-runtime"}),
    ],
)
def test_the_users_own_values_of_the_entry_stay(
    content: bytes, own: list[tuple[str, ...]], declared: dict[str, str] | None
) -> None:
    assert keys(content, *own) == ({"runtimes": {"nvidia": declared}} if declared else {})


def test_a_file_with_odd_values_keeps_them_letter_by_letter() -> None:
    content = b'{"labels": ["a<b>&c"], "x": 12345678901234567, "runtimes": {"nvidia": {"runtimeArgs": ["-d"]}}}'
    planned = plan(parse_object(content), {}, OWNER, keys(content))
    text = render(planned.desired)
    assert '"a<b>&c"' in text
    assert "12345678901234567" in text
    assert planned.remembered == {OWNER: {PATH}}


def test_what_nvidia_ctk_wrote_by_hand_needs_no_change() -> None:
    by_hand = b'{"runtimes": {"nvidia": {"args": [], "path": "nvidia-container-runtime"}}}'
    planned = plan(parse_object(by_hand), {}, OWNER, keys(by_hand))
    assert not planned.file_differs
    assert planned.remembered == {}


def test_the_default_runtime_is_declared_only_when_asked_for() -> None:
    assert "default-runtime" not in keys()
    assert keys(default_runtime=True)["default-runtime"] == "nvidia"


@pytest.mark.parametrize(
    ("docker", "declared"),
    [("24.0.9", False), ("25.0.0", True), ("26.1.5+dfsg1", True), ("28.1.1", True), ("28.2.0", False), ("29.7", False)],
)
def test_cdi_is_switched_on_where_docker_has_it_and_does_not_do_so_itself(docker: str, declared: bool) -> None:
    assert ("features" in keys(docker=docker)) is declared
    assert "features" not in keys(docker=docker, cdi=False)


def test_cdi_goes_on_where_the_file_says_off_and_stays_where_the_role_put_it() -> None:
    assert keys(b'{"features": {"cdi": false}}', docker="29.2.0")["features"] == {"cdi": True}
    ours = keys(b'{"features": {"cdi": true}}', ("features", "cdi"), docker="28.2.0")
    assert ours["features"] == {"cdi": True}, "an upgrade of Docker is no reason for a further restart"
    assert "features" not in keys(b'{"features": {"cdi": false}}', docker="29.2.0", cdi=False)
    assert "features" not in keys(b'{"features": {"cdi": true}}', docker="24.0.9")


def test_while_the_daemon_does_not_answer_cdi_stays_as_it_is() -> None:
    assert "features" not in keys(docker=None)
    assert keys(b"{}", ("features", "cdi"), docker=None)["features"] == {"cdi": True}


def test_wsl_needs_a_newer_toolkit() -> None:
    wsl = replace(BARE, wsl=2)
    data = {"nvidia_container_toolkit_version": "1.19.0"}
    (refused,) = refusals(wsl, data)
    assert refused.observed == "nvidia_container_toolkit_version: 1.19.0-1"
    assert list(refusals(BARE, data)) == []
    assert list(refusals(wsl, {"nvidia_container_toolkit_version": "1.19.1"})) == []
    assert list(refusals(wsl, {**data, "platform_gpu": "none"})) == []


def test_two_default_runtimes_are_refused() -> None:
    data = {"docker_engine_daemon": {"default-runtime": "runsc"}}
    assert list(refusals(BARE, data)) == []
    (refused,) = refusals(BARE, {**data, "nvidia_container_toolkit_default_runtime": True})
    assert "runsc" in refused.observed


def test_cdi_that_is_switched_on_and_off_is_refused_with_the_setting_that_decides() -> None:
    data: dict[str, object] = {"docker_engine_daemon": {"features": {"cdi": False}}}
    (refused,) = refusals(BARE, data)
    assert "nvidia_container_toolkit_cdi: false" in refused.remedy
    assert list(refusals(BARE, {**data, "nvidia_container_toolkit_cdi": False})) == []
    assert list(refusals(BARE, {"docker_engine_daemon": {"features": {"cdi": True}}})) == []


@pytest.mark.parametrize("path", ["/opt/own", "nvidia-container-runtime"])
def test_the_role_lets_go_of_a_runtime_that_is_declared_for_docker(path: str) -> None:
    first = plan({}, {}, OWNER, keys())
    declared = {"runtimes": {"nvidia": {"path": path}}}
    taken = plan(first.desired, first.remembered, "docker_engine", declared, outranks=True)
    own = taken.remembered.get(OWNER, frozenset())
    then = plan(taken.desired, taken.remembered, OWNER, keys(render(taken.desired).encode(), *own))
    assert not then.file_differs
    assert not then.memory_differs
    assert not plan(then.desired, then.remembered, "docker_engine", declared, outranks=True).memory_differs


def test_a_host_without_systemd_is_told_what_it_lacks() -> None:
    assert list(notices(BARE, {})) == []
    (notice,) = notices(replace(BARE, systemd=False), {})
    assert "after a boot" in notice
    assert list(notices(replace(BARE, systemd=False), {"platform_gpu": "none"})) == []
    wsl = replace(BARE, systemd=False, wsl=2)
    assert list(notices(wsl, {})) == [], "what WSL runs at each start writes one"
    assert len(list(notices(wsl, {"platform_wsl_boot": "none"}))) == 1


@pytest.mark.parametrize(
    ("state", "written", "observed"),
    [
        (UnitState("enabled"), False, []),
        (UnitState(), True, ["unknown to systemd"]),
        (UnitState("disabled"), False, ["disabled"]),
        (UnitState("enabled", outdated=True), False, ["it was read before it changed"]),
        (UnitState("enabled", outdated=True), True, []),
    ],
)
def test_a_unit_is_enabled_and_as_systemd_read_it(state: UnitState, written: bool, observed: list[str]) -> None:
    assert [item.observed for item in unit_differences("x.service", state, written=written)] == observed


@pytest.mark.parametrize("name", ["nvidia_container_toolkit_default_runtime", "nvidia_container_toolkit_containerd"])
def test_a_runtime_that_is_declared_where_no_gpu_is_wanted_is_told_of(name: str) -> None:
    (said,) = notices(BARE, {"platform_gpu": "none", name: True})
    assert said == f"{name}: true says nothing here: platform_gpu is none"
    served = replace(BARE, systemd=False, wsl=2, docker=Docker(desktop=True))
    assert list(notices(served, {name: True})) == [
        f"{name}: true says nothing here: Docker Desktop brings a toolkit of its own"
    ]
    assert list(notices(BARE, {name: True})) == []

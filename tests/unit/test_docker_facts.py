"""Docker's daemon as the reading script tells it, and whether it runs with its file."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api import FactProcessError

from gpufleet.dockerd.daemon_json import plan
from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.objections import swarm_member, to_loading, to_writing
from gpufleet.dockerd.service import gaps, started_by_hand
from gpufleet.dockerd.staleness import stale
from gpufleet.dockerd.state import DockerState, Running, Unit
from gpufleet.dockerd.words import stale_differences
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.docker import DockerDaemon

IDENTITY = "789da1f2-bb5c-40ef-a8cd-ec83e9102c15 5087 386465"
INFO: dict[str, Any] = {"LiveRestoreEnabled": True, "ContainersRunning": 1, "Swarm": {"LocalNodeState": "inactive"}}
STARTED = 1795317868.76
CONTENT = b'{"live-restore": true}'


def coded(content: bytes) -> str:
    return "base64:" + base64.b64encode(content).decode()


REPORT = {
    "file": coded(CONTENT),
    "file_time": "1795317800.721702459",
    "program": "/usr/sbin/dockerd",
    "init_script": "yes",
    "systemd": "yes",
    "service_ExecStart": "{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// $OPTS ; ignore_errors=no ; }",
    "service_Environment": "OPTS=--debug",
    "service_LoadState": "loaded",
    "service_ActiveState": "active",
    "service_SubState": "running",
    "service_UnitFileState": "enabled",
    "environment": coded(b"OPTS=--mtu=1400\n"),
    "pid": "5087",
    "identity": IDENTITY,
    "now": "1795318097.826628696",
    "uptime": "4093.71",
    "info": json.dumps(INFO),
    "end": "yes",
}


def read(**changes: str | None) -> DockerState:
    lines = {**REPORT, **changes}
    return DockerDaemon().process([f"{key}={value}" for key, value in lines.items() if value is not None])


def daemon(**changes: Any) -> DockerState:
    """A host on which dockerd loaded the file that is there."""
    running = Running(5087, IDENTITY, STARTED, INFO)
    state = DockerState(
        program="/usr/sbin/dockerd", systemd=True, file=CONTENT, file_time=STARTED - 60, running=running
    )
    return replace(state, **changes)


def test_a_running_daemon_is_read() -> None:
    state = read()
    assert state.running is not None
    assert (state.running.pid, state.running.identity, state.running.info) == (5087, IDENTITY, INFO)
    assert state.running.started == pytest.approx(STARTED, abs=0.01)
    assert (state.file, state.keys, state.loaded) == (CONTENT, None, None)
    assert state.file_time == pytest.approx(1795317800.7217, abs=0.0001)
    assert state.service == Unit("loaded", "active", "running", "enabled")


def test_flags_come_from_unit_and_environment_files_the_file_wins() -> None:
    assert read().flags == ("-H", "fd://", "--mtu=1400")
    assert read(systemd=None, environment=coded(b"DOCKER_OPTS='-D -l warn'\n")).flags == ("-D", "-l", "warn")


def test_an_empty_file_is_not_an_absent_one() -> None:
    assert read(file="base64:").file == b""
    assert read(file=None).file is None


def test_what_cannot_be_read_is_neither() -> None:
    assert read(file=None, file_unreadable="not a regular file").file == Unreadable("not a regular file")


def test_a_stopped_daemon_is_no_absent_docker() -> None:
    state = read(pid=None, identity=None, info=None, service_ActiveState="inactive")
    assert state.program
    assert state.running is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"info": None, "info_trouble": "no answer within 7 s"}, "no answer within 7 s"),
        ({"info": None, "info_trouble": "its process 5087 is paused"}, "its process 5087 is paused"),
        ({"info": None}, "it printed nothing"),
    ],
)
def test_a_daemon_that_does_not_answer_is_unreadable_not_absent(changes: dict[str, str | None], why: str) -> None:
    running = read(**changes).running
    assert running is not None
    assert running.info == Unreadable(why)


@pytest.mark.parametrize("changes", [{"end": None}, {"info": "{"}, {"uptime": "x"}, {"file": "base64:?"}])
def test_a_report_that_was_cut_off_fails_its_host_only(changes: dict[str, str | None]) -> None:
    with pytest.raises(FactProcessError):
        read(**changes)


@pytest.mark.parametrize("shell", [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)])
def test_the_script_runs_in_every_shell_and_says_nothing_else(shell: str) -> None:
    command = [shell, "sh"] if shell == "busybox" else [shell]
    done = subprocess.run(
        [*command, "-c", DockerDaemon().command()], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert isinstance(DockerDaemon().process(done.stdout.splitlines()), DockerState)


SLOW_DATE = """#!/bin/sh
echo >>{calls}
now=$({date} "$@")
sleep 0.1
[ "$(wc -l <{calls})" -lt 3 ] || ln -sf {date} "$0"
echo "$now"
"""
"""Three times; then it is the program itself."""


def test_both_clocks_are_read_at_one_time_even_where_processes_have_to_wait(tmp_path: Path) -> None:
    slow = tmp_path / "date"
    slow.write_text(SLOW_DATE.format(calls=tmp_path / "calls", date=shutil.which("date")))
    slow.chmod(0o755)
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["sh", "-c", DockerDaemon().command()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=path)
    told = dict(line.split("=", 1) for line in done.stdout.splitlines())
    booted = min(time.time() - float(Path("/proc/uptime").read_text().split()[0]) for _ in range(20))
    assert float(told["now"]) - float(told["uptime"]) == pytest.approx(booted, abs=0.03)


def verdict(state: DockerState) -> tuple[str, str] | None:
    content = parse_object(state.file or b"") if not isinstance(state.file, Unreadable) else {}
    found = stale(state, content)
    assert len(found) < 2
    return (found[0].why, found[0].restart) if found else None


def test_a_file_older_than_the_daemon_is_what_it_loaded() -> None:
    assert verdict(daemon()) is None
    assert verdict(daemon(file_time=STARTED - 0.01)) is None
    assert verdict(daemon(file=None, file_time=0)) is None


@pytest.mark.parametrize("later", [0.01, 3600])
def test_a_file_that_may_be_younger_than_the_daemon_is_not(later: float) -> None:
    assert verdict(daemon(file_time=STARTED + later)) == (
        "daemon.json was written after dockerd started",
        "what dockerd loaded is not known",
    )


def test_what_this_daemon_is_known_to_have_loaded_is_compared_by_content() -> None:
    known = daemon(loaded=b'{ "live-restore":true }', loaded_by=IDENTITY, file_time=STARTED + 3600)
    assert verdict(known) is None
    assert verdict(replace(known, loaded=b'{"live-restore": true, "debug": true}')) == (
        "dockerd loaded other values of debug",
        "a reload does not take up debug",
    )
    assert verdict(replace(known, loaded=b"{}")) == ("dockerd loaded other values of live-restore", "")
    assert verdict(replace(known, loaded=None)) == ("dockerd loaded other values of live-restore", "")


FORMER = "another boot 5087 386465"


def test_what_another_daemon_loaded_says_nothing_of_a_file_with_other_content() -> None:
    other = daemon(loaded=b"{}", loaded_by=FORMER)
    assert verdict(other) is None
    assert verdict(replace(other, file_time=STARTED + 1)) is not None


def test_of_a_daemon_that_somebody_else_started_a_file_that_changed_since_is_found_whatever_it_holds() -> None:
    put_back = daemon(loaded=CONTENT, loaded_by=FORMER, file_time=STARTED + 9)
    assert verdict(put_back) == ("daemon.json was written after dockerd started", "what dockerd loaded is not known")
    assert verdict(replace(put_back, reloaded=STARTED + 10)) is not None, "a reload does not take up everything"
    assert verdict(replace(put_back, file_time=STARTED - 9)) is None, "as after a boot"
    assert verdict(replace(put_back, loaded_by=IDENTITY)) is None, "touched"


def test_a_file_s_time_is_the_one_of_its_link_where_that_is_the_later_one() -> None:
    told = [f"{key}={value}" for key, value in REPORT.items() if key != "end"]
    assert DockerDaemon().process([*told, "file_time=1795317801.5", "end=yes"]).file_time == 1795317801.5


def test_a_reload_that_somebody_asked_for_counts_for_what_a_reload_takes_up() -> None:
    known = daemon(loaded=b"{}", loaded_by=IDENTITY, file_time=STARTED + 9, reloaded=STARTED + 10)
    assert verdict(known) is None
    assert verdict(replace(known, reloaded=STARTED + 8)) is not None
    hard = replace(known, file=b'{"live-restore": true, "log-driver": "local"}')
    assert verdict(hard) == ("dockerd loaded other values of log-driver", "a reload does not take up log-driver")


AUTHORITY = "/usr/local/share/ca-certificates/managed-by-gpufleet-lab.crt"


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"loaded": b"{}", "loaded_by": IDENTITY, "file_time": STARTED + 9}, "/etc/docker/daemon.json"),
        ({"authorities": {AUTHORITY: STARTED + 9, f"{AUTHORITY}-older": STARTED - 9}}, AUTHORITY),
        ({"gpu_programs": {"/usr/bin/nvidia-cdi-hook": STARTED + 9}}, "nvidia-container-toolkit-base"),
        ({"gpu_programs": {"/usr/bin/nvidia-container-runtime-hook": STARTED + 9}}, "nvidia-container-toolkit"),
    ],
)
def test_what_a_daemon_has_not_read_tells_since_when_and_what_else_would_say_it(
    changes: dict[str, Any], cause: str
) -> None:
    (found,) = stale(daemon(**changes), parse_object(CONTENT))
    assert (found.waits_for, found.since) == (cause, STARTED + 9)


@pytest.mark.parametrize(("reload", "seconds"), [('{"timeNano": 1795318000500000000}', 1795318000.5), (None, 0)])
def test_the_daemon_s_own_memory_of_reloads_is_read(reload: str | None, seconds: float) -> None:
    assert read(reload=reload).reloaded == seconds


def test_a_silent_daemon_leaves_its_swarm_on_the_disk() -> None:
    assert swarm_member(read(info=None, swarm="yes"))
    assert not swarm_member(read(info=None))
    assert not swarm_member(read())


def test_what_docker_info_shows_counts_even_so() -> None:
    running = Running(5087, IDENTITY, STARTED, {**INFO, "LiveRestoreEnabled": False})
    for state in (daemon(), daemon(loaded=CONTENT, loaded_by=IDENTITY)):
        assert verdict(replace(state, running=running)) == ("docker info shows other values of live-restore", "")


def test_an_authority_that_the_daemon_cannot_have_read_needs_a_restart() -> None:
    assert verdict(daemon(authorities={AUTHORITY: STARTED - 1})) is None
    found = verdict(daemon(authorities={AUTHORITY: STARTED + 1}))
    assert found == ("a certificate authority was added after dockerd started", "dockerd reads them once, at its start")


HOOK, CDI_HOOK = "/usr/bin/nvidia-container-runtime-hook", "/usr/bin/nvidia-cdi-hook"


def test_a_program_for_gpus_that_came_after_the_daemon_needs_a_restart() -> None:
    assert verdict(daemon(gpu_programs={HOOK: STARTED - 1, CDI_HOOK: STARTED - 1})) is None
    assert verdict(daemon(gpu_programs={HOOK: STARTED + 1, CDI_HOOK: STARTED - 1})) == (
        "nvidia-container-runtime-hook came after dockerd started",
        "dockerd looks up programs for GPUs once, at its start",
    )


def test_a_program_that_this_daemon_is_known_to_have_found_may_be_upgraded() -> None:
    upgraded = daemon(gpu_programs={HOOK: STARTED + 1}, gpu_found=(IDENTITY, HOOK))
    assert verdict(upgraded) is None
    assert verdict(replace(upgraded, gpu_found=(IDENTITY,))) is not None
    assert verdict(replace(upgraded, gpu_found=("another boot 5087 386465", HOOK))) is not None


def test_of_two_reasons_each_is_a_finding_and_the_one_restart_is_not_lost() -> None:
    both = daemon(loaded=b"{}", loaded_by=IDENTITY, gpu_programs={HOOK: STARTED + 1})
    assert both.running
    first, second = stale_differences(stale(both, parse_object(CONTENT)), both.running, parse_object(CONTENT))
    assert first.observed.endswith("came after dockerd started")
    assert second.observed == "dockerd loaded other values of live-restore"
    assert "dockerd looks up programs for GPUs once, at its start" in first.remedy
    assert first.remedy == second.remedy


def test_authorities_are_read_with_the_time_at_which_they_came() -> None:
    assert read(authority=f"1795317800.5 {AUTHORITY}").authorities == {AUTHORITY: 1795317800.5}
    assert read().authorities == {}


def test_programs_for_gpus_are_read_with_the_time_at_which_they_came() -> None:
    state = read(gpu_program=f"1795317800.5 {HOOK}", gpu_found=IDENTITY)
    assert (state.gpu_programs, state.gpu_found) == ({HOOK: 1795317800.5}, (IDENTITY,))
    assert read().gpu_programs == {}


def objection(state: DockerState, **declared: object) -> str | None:
    keys = {key.replace("_", "-"): value for key, value in declared.items()}
    content = parse_object(state.file or b"") if not isinstance(state.file, Unreadable) else {}
    found = to_writing(state, plan(content, {}, "docker_engine", keys))
    return f"{found.resource}: {found.observed}" if found else None


def test_an_ordinary_change_is_not_refused() -> None:
    assert objection(daemon(), log_driver="local") is None
    assert objection(DockerState(), live_restore=True) is None


def test_a_daemon_that_reads_another_file_is_refused() -> None:
    found = objection(daemon(flags=("--config-file=/opt/d.json",)), debug=True)
    assert found == "dockerd: it is started to read /opt/d.json"


def test_values_that_running_containers_would_not_outlive_are_refused() -> None:
    assert objection(daemon(), data_root="/data") == "/etc/docker/daemon.json data-root: 1 run"
    idle = Running(5087, IDENTITY, STARTED, {**INFO, "ContainersRunning": 0})
    assert objection(daemon(running=idle), data_root="/data") is None


def test_live_restore_in_swarm_mode_is_refused() -> None:
    swarm = Running(5087, IDENTITY, STARTED, {**INFO, "Swarm": {"LocalNodeState": "active"}})
    assert objection(daemon(running=swarm), debug=True) == "/etc/docker/daemon.json live-restore: it is in one"
    found = to_loading(daemon(running=swarm), swarm, parse_object(CONTENT))
    assert found is not None


def test_a_daemon_that_nothing_restarts_is_left_alone() -> None:
    state = daemon(systemd=False)
    assert state.running is not None
    assert to_loading(state, state.running, {}) is not None
    assert to_loading(replace(state, init_script=True), state.running, {}) is None


def unit(load: str = "loaded", active: str = "active", sub: str = "running", file: str = "enabled") -> Unit:
    return Unit(load, active, sub, file)


def found_gaps(state: DockerState, content: bytes = CONTENT) -> list[tuple[str, str, str, str]]:
    return [(gap.unit, gap.observed, gap.kind, gap.mending) for gap in gaps(state, parse_object(content))]


def test_an_enabled_and_running_service_has_no_gap() -> None:
    assert found_gaps(daemon(service=unit(), socket=unit())) == []
    assert found_gaps(daemon(systemd=False)) == []


def test_a_stopped_service_is_started_and_tells_since_when_it_is_not() -> None:
    stopped = replace(unit(active="failed", sub="failed"), changed=STARTED)
    (gap,) = gaps(daemon(service=stopped, running=None), {})
    assert (gap.unit, gap.observed, gap.kind, gap.mending) == ("docker.service", "failed (failed)", "runtime", "start")
    assert gap.since == STARTED
    assert [gap.observed for gap in gaps(DockerState(init_script=True), {})] == ["stopped"]


def test_a_disabled_service_is_enabled() -> None:
    (gap,) = gaps(daemon(service=unit(file="disabled")), {})
    assert (gap.kind, gap.how) == ("config", "systemctl enable docker.service")


def test_of_a_masked_service_the_mask_says_all_and_everything_is_mended() -> None:
    masked = unit("masked", "inactive", "dead", "masked")
    found = gaps(daemon(service=masked, running=None), {})
    assert [(gap.expected, gap.mending, gap.explained) for gap in found] == [
        ("not masked", "command", False),
        ("running", "start", True),
    ]
    assert found[0].how.endswith("systemctl enable docker.service")
    assert [gap.unit for gap in gaps(daemon(service=unit(), socket=masked), {})] == ["docker.socket"]


def test_unit_files_that_systemd_has_not_read_are_read() -> None:
    (gap,) = gaps(daemon(service=replace(unit(), outdated=True), socket=unit()), {})
    assert (gap.unit, gap.kind, gap.how) == ("docker.service", "runtime", "systemctl daemon-reload")


def test_a_socket_that_is_gone_is_a_person_s_to_mend_where_dockerd_needs_it() -> None:
    gone = unit("not-found", "inactive", "dead", "")
    needing = daemon(service=unit(), socket=gone, flags=("-H", "fd://"))
    assert [(name, kind, mending) for name, _, kind, mending in found_gaps(needing)] == [
        ("docker.socket", "config", "person")
    ]
    assert found_gaps(replace(needing, flags=())) == []
    deaf = replace(needing, socket=unit(active="inactive", sub="dead"))
    assert [(name, kind, mending) for name, _, kind, mending in found_gaps(deaf)] == [
        ("docker.socket", "runtime", "person")
    ]


@pytest.mark.parametrize(
    ("flags", "content", "said"),
    [
        (("--live-restore",), CONTENT, "passes --live-restore, and the file holds live-restore"),
        (("--live-restore=false",), CONTENT, "passes --live-restore, and"),
        (("-H", "fd://"), b'{"hosts": ["unix:///run/docker.sock"]}', "passes -H, and the file holds hosts"),
        (("--http-proxy", "http://p"), b'{"proxies": {"http-proxy": "http://p"}}', "the file holds http-proxy"),
        (("-D",), b'{"debug": false}', "passes -D, and"),
    ],
)
def test_options_that_dockerd_is_given_twice_are_a_person_s_to_mend(
    flags: tuple[str, ...], content: bytes, said: str
) -> None:
    ((name, observed, kind, mending),) = found_gaps(daemon(service=unit(), flags=flags), content)
    assert (name, kind, mending) == ("docker.service", "config", "person")
    assert said in observed


@pytest.mark.parametrize("flags", [("-H", "fd://", "--containerd=/run/containerd.sock"), ("--add-runtime=x=/y",)])
def test_options_that_the_file_does_not_repeat_are_the_user_s(flags: tuple[str, ...]) -> None:
    assert found_gaps(daemon(service=unit(), flags=flags), b'{"runtimes": {"x": {"path": "/y"}}}') == []


def test_a_fresh_host_is_predicted() -> None:
    fresh = DockerState(systemd=True, service=unit("not-found", "inactive", "dead", ""))
    assert [gap.expected for gap in gaps(fresh, {})] == ["enabled", "running"]


def test_a_daemon_that_somebody_started_by_hand_is_left_alone() -> None:
    assert started_by_hand(daemon(service=unit(active="inactive"))) is not None
    assert started_by_hand(daemon(service=unit())) is None
    assert started_by_hand(daemon(systemd=False)) is None

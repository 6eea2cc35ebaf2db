"""Reloads and restarts of a real dockerd: only where needed, never at the containers' cost, with a way back."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.integration.apply import apply_well
from tests.integration.daemon import FILE, Daemon
from tests.integration.stock_pyinfra import CHECKOUT, PYINFRA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

BROKEN: dict[str, object] = {"log_driver": "local", "log_opts": {"no-such-option": "1"}}
"""Passes dockerd's own check of the file, and ends its start."""
STOPPING_SYNC = """#!/bin/sh
if [ "$1" = "{path}" ]; then
    echo $PPID >/run/stopped-in.new && mv /run/stopped-in.new /run/stopped-in
    exec sleep 600
fi
exec /usr/bin/sync "$@"
"""


def test_a_container_outlives_a_needed_restart_where_live_restore_was_off(daemon: Daemon) -> None:
    daemon.given(None)
    pid, container = daemon.pid, daemon.run_container()
    daemon.apply_well(live_restore=True, log_driver="local")
    assert daemon.info("{{.LiveRestoreEnabled}} {{.LoggingDriver}}") == "true local"
    assert daemon.pid != pid
    assert daemon.container == container
    before = daemon.everything
    assert daemon.apply_well(live_restore=True, log_driver="local") == []
    assert daemon.everything == before


def test_a_failed_restart_is_rolled_back_and_the_old_daemon_serves(daemon: Daemon) -> None:
    old = b'{"log-driver":"local" }'
    daemon.given(old)
    applied = daemon.apply(**BROKEN)
    assert applied.code == 1
    assert "unknown log opt 'no-such-option'" in applied.output
    assert "the previous file is back and dockerd serves with it" in applied.output
    assert daemon.file == old
    assert daemon.info("{{.LoggingDriver}}") == "local"
    assert daemon.apply_well() == ["Configure the daemon"], "forgets the keys that never came to be"
    assert daemon.file == old


def test_containers_outlive_even_a_restart_that_fails(daemon: Daemon) -> None:
    daemon.given(b'{"log-driver": "local"}')
    container = daemon.run_container()
    applied = daemon.apply(live_restore=True, **BROKEN)
    assert applied.code == 1, applied.output
    assert daemon.content == {"log-driver": "local", "live-restore": True}
    assert daemon.container == container
    daemon.apply_well()
    assert daemon.content == {"log-driver": "local"}


def test_a_reload_that_dockerd_rejects_is_noticed_and_undone(daemon: Daemon) -> None:
    daemon.given(b'{"live-restore": true}')
    pid = daemon.pid
    applied = daemon.apply(labels=["a=1"], runtimes={"runc": {"path": "runc"}})
    assert applied.code == 1
    assert "runtime name 'runc' is reserved" in applied.output
    assert daemon.content == {"live-restore": True}
    assert daemon.pid == pid
    assert daemon.info("{{len .Labels}}") == "0"


def test_a_file_that_somebody_edited_after_the_start_is_loaded(daemon: Daemon) -> None:
    daemon.given(b"{}")
    daemon.host.ssh(f"""echo '{{"log-driver": "local"}}' >{FILE}""")
    assert daemon.apply_well() == ["Load the configuration"]
    assert daemon.info("{{.LoggingDriver}}") == "local"
    assert daemon.apply_well() == []


def test_a_stopped_disabled_or_masked_service_is_mended(daemon: Daemon) -> None:
    daemon.given(b"{}")
    daemon.host.ssh(
        "systemctl disable --now docker.service docker.socket; rm -f /etc/systemd/system/docker.s*; "
        "systemctl mask docker.service docker.socket"
    )
    assert daemon.apply_well() == ["Have the daemon run"]
    assert daemon.host.ssh("systemctl is-active docker; systemctl is-enabled docker").stdout == "active\nenabled\n"
    assert daemon.apply_well() == []


def test_a_service_that_does_not_start_with_its_file_gets_the_last_good_one(daemon: Daemon) -> None:
    daemon.given(None)
    daemon.apply_well(log_driver="local")
    daemon.host.ssh(
        f"""echo '{{"log-opts": {{"no-such-option": "1"}}}}' >{FILE}; systemctl restart docker; """
        "for i in $(seq 360); do systemctl is-failed -q docker && exit; sleep 0.5; done; exit 1"  # systemd gives up
    )
    applied = daemon.apply(log_driver="local", log_opts={"no-such-option": "1"})
    assert applied.code == 1
    assert daemon.content == {"log-driver": "local"}
    assert daemon.info("{{.LoggingDriver}}") == "local"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/etc/docker/.daemon.json.gpufleet", id="before", marks=pytest.mark.slow),
        pytest.param("/etc/docker", id="after"),
    ],
)
def test_a_run_killed_at_the_rename_is_finished_by_the_next(lab: Lab, daemon: Daemon, path: str) -> None:
    daemon.given(b'{"debug": false}')
    inventory = lab.inventory([daemon.host], docker_engine_daemon={"log-driver": "local"})
    _kill_at(daemon.host, path, inventory)
    assert daemon.content == {
        "debug": False,
        **({"log-driver": "local", "live-restore": True} if path == "/etc/docker" else {}),
    }
    assert daemon.info("{{.LoggingDriver}}") == "json-file"
    declared = {"docker_engine_daemon": {"log-driver": "local"}}
    assert "Have the daemon run with its configuration" in apply_well(lab, daemon.host, **declared)
    assert daemon.info("{{.LoggingDriver}} {{.LiveRestoreEnabled}}") == "local true"
    before = daemon.everything
    assert apply_well(lab, daemon.host, **declared) == []
    assert daemon.everything == before
    apply_well(lab, daemon.host, docker_engine_live_restore=False)
    assert daemon.content == {"debug": False, "live-restore": False}, "what the killed run put there is still ours"


def _kill_at(host: LabHost, path: str, inventory: Path) -> None:
    """Let a run come to where it flushes `path` to the disk, then kill the controller and its script on the host."""
    host.ssh("cat >/usr/local/sbin/sync; chmod 755 /usr/local/sbin/sync", stdin=STOPPING_SYNC.format(path=path))
    command = [str(PYINFRA), "-y", str(inventory), "deploy.py"]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        host.ssh("for i in $(seq 1800); do [ -e /run/stopped-in ] && exit; sleep 0.1; done; exit 1")
        os.kill(run.pid, signal.SIGKILL)
    host.ssh("kill -9 $(cat /run/stopped-in) $(pidof sleep); rm /run/stopped-in /usr/local/sbin/sync")


@pytest.mark.slow
def test_a_daemon_that_hangs_is_neither_restarted_nor_taken_for_absent(daemon: Daemon) -> None:
    daemon.given(None)
    pid = daemon.pid
    daemon.host.ssh("kill -STOP $(cat /run/docker.pid)")
    try:
        applied = daemon.apply()
    finally:
        daemon.host.ssh("kill -CONT $(cat /run/docker.pid)")
    assert applied.code == 1
    assert "paused by a signal (SIGSTOP)" in applied.output
    assert daemon.pid == pid


@pytest.mark.slow
def test_without_systemd_the_init_script_restarts_and_rolls_back(lab: Lab) -> None:
    host = lab.host("debian13-plain")
    try:
        apply_well(lab, host)
        daemon = Daemon(lab, host)
        pid, container = daemon.pid, daemon.run_container()
        daemon.apply_well(live_restore=True, log_driver="local")
        assert daemon.info("{{.LoggingDriver}}") == "local"
        assert daemon.pid != pid
        applied = daemon.apply(live_restore=True, **BROKEN)
        assert applied.code == 1
        assert "the previous file is back and dockerd serves with it" in applied.output
        assert daemon.info("{{.LoggingDriver}}") == "local"
        assert daemon.container == container
        host.ssh("service docker stop")
        assert "Have the daemon run" in daemon.apply_well(live_restore=True, log_driver="local")
        assert daemon.apply_well(live_restore=True, log_driver="local") == []
    finally:
        host.destroy()


@pytest.mark.slow
def test_docker_older_than_23_is_told_that_it_cannot_check_a_file(lab: Lab) -> None:
    host = lab.host("debian12")
    try:
        host.ssh("apt-get update -q && apt-get install -yq --no-install-recommends docker.io")
        applied = Daemon(lab, host).apply(live_restore=True)
        assert applied.code == 1
        assert "Docker 23.0 or newer is needed" in applied.output
        assert Daemon(lab, host).file is None
    finally:
        host.destroy()

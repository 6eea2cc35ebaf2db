"""`down` leaves nothing of a lab, after a crash too, and does not disturb another lab on the machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab import engine, owner, processes
from tests.lab.daemons import OWN_PIDFILE
from tests.lab.instance import CHECKOUT, Instance
from tests.lab.lab import Lab
from tests.lab.packages import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost

SECOND = Instance("second")


def command(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.lab", name, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "GPUFLEET_LAB_NAME": SECOND.name},
        capture_output=True,
        text=True,
        check=False,
    )


def traces() -> dict[str, list[str]]:
    """What the second lab has on the machine: processes, mounts, interfaces, netfilter rules, files."""
    words = [str(SECOND.data), SECOND.tag, SECOND.bridge, SECOND.default_bridge]
    saved = [program("iptables-save") or "iptables-save"]
    texts = {
        "processes": [" ".join(processes.command_line(pid)) for pid in processes.find(lambda _: True)],
        "mounts": Path("/proc/mounts").read_text().splitlines(),
        "interfaces": [path.name for path in Path("/sys/class/net").iterdir()],
        "rules": subprocess.run(saved, capture_output=True, text=True, check=True).stdout.splitlines(),
        "files": [str(path) for path in (SECOND.data, SECOND.files) if path.exists()],
    }
    wanted = [*words, str(SECOND.files)]
    return {what: [text for text in found if any(word in text for word in wanted)] for what, found in texts.items()}


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left() -> Iterator[None]:
    """The second lab ends with the last test."""
    yield
    command("down")


@pytest.fixture
def second() -> Lab:
    """A second lab on this machine with two hosts of its own; one that an earlier test has left is taken."""
    done = command("up", "debian13")
    assert done.returncode == 0, done.stderr
    running = Lab(engine.connect(SECOND))
    for host in running.hosts():
        host.start()
    if not running.hosts():
        running.host(mark=owner.NOBODY)
        running.host("debian13-plain", mark=owner.NOBODY)
    return running


def test_up_twice_changes_nothing_and_status_names_every_host(second: Lab) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in second.instance.data.glob("*") if path.suffix != ".log")
    daemons = [(second.instance.run / f"{name}.pid").read_text() for name in ("dockerd", "containerd")]
    rules = traces()["rules"]
    done = command("up", "debian13")
    assert done.returncode == 0, done.stderr
    assert traces()["rules"] == rules
    assert len(done.stdout.splitlines()) == 1
    assert [(second.instance.run / f"{name}.pid").read_text() for name in ("dockerd", "containerd")] == daemons
    assert [path for path, _ in before] == sorted(
        path for path in second.instance.data.glob("*") if path.suffix != ".log"
    )
    text = command("status").stdout
    assert all(host.name in text and host.address in text for host in second.hosts())


@pytest.mark.skipif(os.geteuid() != 0, reason="kills root's daemons")
def test_up_after_a_crash_starts_again_and_kept_hosts_come_back_with_their_disks(second: Lab) -> None:
    host = second.hosts()[0]
    host.ssh("echo kept > /etc/kept")
    for name in ("dockerd", "containerd"):
        pid, _ = json.loads((SECOND.run / f"{name}.pid").read_text())
        os.kill(pid, signal.SIGKILL)
    (SECOND.run / OWN_PIDFILE).write_text("1")  # as after a reboot: somebody else has that process id now
    done = command("up", "debian13")
    assert done.returncode == 0, done.stderr
    host.start()
    assert host.ssh("cat /etc/kept").stdout == "kept\n"


@pytest.mark.parametrize(
    "killed",
    [
        pytest.param([], id="in-order"),
        pytest.param(["dockerd"], id="dockerd", marks=pytest.mark.slow),
        pytest.param(["dockerd", "containerd"], id="both"),
    ],
)
@pytest.mark.skipif(os.geteuid() != 0, reason="kills root's daemons and reads root's netfilter rules")
def test_down_leaves_no_trace(second: Lab, fresh: LabHost, killed: list[str]) -> None:
    assert all(found for found in traces().values())
    assert [host.ssh("hostname").stdout.strip() for host in second.hosts()] == [host.name for host in second.hosts()]
    for name in killed:
        pid, _ = json.loads((SECOND.run / f"{name}.pid").read_text())
        os.kill(pid, signal.SIGKILL)
    done = command("down")
    assert done.returncode == 0, done.stderr
    assert "caches and packages stay" in done.stdout
    assert traces() == {"processes": [], "mounts": [], "interfaces": [], "rules": [], "files": []}
    assert fresh.ssh("systemctl is-system-running").stdout == "running\n"
    assert command("down").returncode == 0

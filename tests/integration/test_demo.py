"""`make demo` and `make demo-down` as a newcomer runs them, on a fresh Debian 12 machine (itself a lab host)."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.lab import demo
from tests.lab.instance import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

pytestmark = pytest.mark.slow

INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
# The lab's data needs a disk of its own, because one overlay cannot lie on another.
PREPARE = f"""
set -e
apt-get update -qq
{INSTALL} make python3-venv ca-certificates > /dev/null 2>&1
mkdir -p /var/lib/containerd/lab /var/lib/gpufleet-lab
mount --bind /var/lib/containerd/lab /var/lib/gpufleet-lab
"""
OWN_DOCKER = f"""
set -e
{INSTALL} docker.io iptables busybox-static > /dev/null 2>&1
tar -C / -c bin/busybox | docker import - tiny > /dev/null
docker run --detach --name users tiny /bin/busybox sleep 1000000
"""
STATE = {
    "packages": "dpkg-query -W",
    "rules": "iptables-save | grep -v '^#' | sed 's/\\[.*\\]//'",
    "links": "ip -brief link | cut -d' ' -f1 | grep -v veth",
    "groups": "cut -d: -f1 /etc/group",
    "files": "ls -d /etc/docker /etc/containerd /usr/sbin/policy-rc.d /var/cache/gpufleet-lab /run/docker "
    "/run/containerd /var/lib/docker/* ~/gpufleet/.lab",
    "mounts": "grep -c gpufleet-lab/ /proc/mounts",
    "processes": "ps -eo args | grep '[g]pufleet-lab/'",
}


def state(machine: LabHost) -> dict[str, str]:
    """What `make demo-down` has to put back."""
    return {what: machine.ssh(f"{command} 2>/dev/null", check=False).stdout for what, command in STATE.items()}


def make(machine: LabHost, target: str, *, root: bool) -> tuple[str, float]:
    """Run `make TARGET` in the machine's checkout; return what it printed and the seconds that it took."""
    began = time.monotonic()
    certificates = "PIP_CERT=/etc/ssl/certs/ca-certificates.crt"
    done = machine.ssh(f"cd gpufleet && {certificates} {pip_index()} make {target} 2>&1", root=root, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout, time.monotonic() - began


def pip_index() -> str:
    """The package index of this machine's pip, where it is not the public one."""
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    address = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return f"PIP_INDEX_URL={address}" if address.startswith("http") else ""


def copy_checkout(machine: LabHost, *, root: bool) -> None:
    """Put this checkout's files into the home directory, as a clone would."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True).stdout
    packed = subprocess.run(
        ["tar", "--create", "--null", "--files-from=-"], cwd=CHECKOUT, input=files, capture_output=True, check=True
    ).stdout
    login = machine.ssh_command(root=root)
    subprocess.run([*login, "mkdir gpufleet && tar -C gpufleet -x --no-same-owner"], input=packed, check=True)


@pytest.fixture
def machine(lab: Lab) -> Iterator[LabHost]:
    """A Debian 12 with systemd, make and Python, and no Docker."""
    host = lab.host("debian12")
    host.ssh(PREPARE)
    yield host
    host.destroy()


def test_the_demo_runs_twice_and_leaves_no_trace_of_itself_or_of_a_crash(machine: LabHost) -> None:
    copy_checkout(machine, root=True)
    before = state(machine)

    shown, seconds = make(machine, "demo", root=True)
    assert seconds < 300
    assert "Verified     yes" in shown
    assert "found, mended, in sync again (check 2, apply 0, check 0)" in shown
    assert "stand-in" in shown
    assert re.search(r"^Sandbox +python_sandbox: Up .*\n +GPU 0: .* \(UUID: GPU-", shown, re.MULTILINE), shown
    assert ", 1 skipped (simulated, result right)" in shown, "a kernel ran"
    shown, seconds = make(machine, "demo", root=True)
    assert seconds < 60
    assert "operations, 0 changes" in shown

    make(machine, "demo-down", root=True)
    assert state(machine) == before
    for seconds in (6, 15, 40):  # in the middle of packages, of a root file system, of the mirror
        machine.ssh(f"cd gpufleet && timeout --signal=KILL {seconds} .venv/bin/python -m tests.lab demo", check=False)
        assert state(machine) != before
        make(machine, "demo-down", root=True)
        assert state(machine) == before


def test_a_demo_that_was_cut_off_before_its_host_had_a_gpu_goes_on_with_one(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "HOST", "cut-off")
    cut_off = lab.host(demo.KIND, demo.HOST)
    listed = [demo.demo_host(lab).ssh("nvidia-smi -L").stdout for _ in range(2)]
    cut_off.destroy()
    assert "UUID: GPU-" in listed[0]
    assert listed[0] == listed[1]


def test_a_sudo_user_with_a_docker_of_his_own_keeps_it_untouched(machine: LabHost) -> None:
    machine.ssh(f"{INSTALL} sudo > /dev/null 2>&1")
    machine.ssh(OWN_DOCKER)
    copy_checkout(machine, root=False)
    before = state(machine)
    docker = "docker ps --all --no-trunc --format '{{.ID}} {{.State}}'; docker images --quiet; pidof dockerd"
    own = machine.ssh(docker).stdout
    assert "running" in own

    shown, _ = make(machine, "demo", root=False)
    assert "goes on through sudo" in shown
    assert "Verified     yes" in shown
    assert machine.ssh("docker run --rm tiny /bin/busybox echo works").stdout == "works\n"
    make(machine, "demo-down", root=False)
    assert state(machine) == before
    assert machine.ssh(docker).stdout == own
    assert machine.ssh("docker run --rm tiny /bin/busybox echo works").stdout == "works\n"

"""Plain `pyinfra -y inventory.py deploy.py` and `gpufleet apply` make the same of a host, whatever state it is in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gpufleet.run.declared import item_id
from tests.integration.checked import applied, checked
from tests.integration.daemon import RESTART
from tests.integration.state import comparable
from tests.lab import product

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

STEPS = {
    "docker-engine.make-sure-that-docker-s-repository-can-be-reached",
    "nvidia-container-toolkit.make-sure-that-nvidia-s-repository-can-be-reached",
    "stamp.remember-what-was-declared",
}
"""Steps towards mending something else: plain pyinfra counts each operation that sends a command as changed."""
LOADED = {
    "docker-engine.have-the-daemon-run-with-its-configuration",
    "nvidia-container-toolkit.have-docker-s-daemon-run-with-it",
}
"""Further ones where dockerd ran with the file that was there, or was not there at all: the file is what is found."""
DAEMON_JSON = "/etc/docker/daemon.json"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y --allow-change-held-packages"
NO_SOURCE = "rm /etc/apt/sources.list.d/docker.sources"
NO_KEY = "truncate -s 100 /etc/apt/keyrings/docker.asc"
STATES = {
    "converged": "true",
    "a file gone": NO_SOURCE,
    "a key cut off": NO_KEY,
    "the service stopped and disabled": "systemctl disable -q --now docker.service docker.socket",
    "packages removed": f"{APT} purge docker-ce docker-ce-cli >/dev/null",
    "a key of daemon.json taken out": f"sed -i 's/\"live-restore\": true,\\?//' {DAEMON_JSON}; cat {DAEMON_JSON} >&2",
    "a user's own key in daemon.json": f"sed -i 's/^{{/{{\"debug\": true, /' {DAEMON_JSON}; {RESTART}",
    "a daemon that runs with something else": f"sed -i 's/^{{/{{\"debug\": true, /' {DAEMON_JSON}",
    "a run that was killed": f"touch /var/lib/gpufleet/in-progress; {NO_SOURCE}",
    "the stamp gone": "rm /var/lib/gpufleet/stamp.json",
    "files gone and dockerd stopped": f"{NO_SOURCE}; {NO_KEY}; rm {DAEMON_JSON}; systemctl stop docker.service",
    "several at once": f"{NO_SOURCE}; {NO_KEY}; {APT} purge docker-buildx-plugin >/dev/null; systemctl stop docker; "
    f"rm {DAEMON_JSON}",
}
QUICK = ("files gone and dockerd stopped",)
GPU_STATES = {
    "the sandbox gone": "docker rm -f python_sandbox",
    "the sandbox stopped": "docker stop -t 1 python_sandbox",
    "the specification gone": "rm -f /var/run/cdi/nvidia.yaml /etc/cdi/nvidia.yaml",
    "the image gone": "docker rm -f python_sandbox; docker images -q gpufleet/* | xargs docker rmi -f",
    "the runtime out of daemon.json and the toolkit's source gone": "echo '{}' >/etc/docker/daemon.json; "
    "rm /etc/apt/sources.list.d/nvidia-container-toolkit.*; " + RESTART,
}


def test_both_make_the_same_of_a_host_with_much_amiss(lab: Lab, converged_snapshot: str) -> None:
    for state in QUICK:
        same(lab, converged_snapshot, STATES[state])


@pytest.mark.slow
@pytest.mark.parametrize("state", [name for name in STATES if name not in QUICK])
def test_both_make_the_same_of_a_host(lab: Lab, converged_snapshot: str, state: str) -> None:
    same(lab, converged_snapshot, STATES[state])


@pytest.mark.slow
def test_both_make_the_same_of_a_bare_host(lab: Lab) -> None:
    same(lab, None, "true", steps=STEPS | LOADED)


@pytest.mark.slow
@pytest.mark.parametrize("state", GPU_STATES)
def test_both_make_the_same_of_a_gpu_host(lab: Lab, gpu_converged_snapshot: str, state: str) -> None:
    steps = STEPS | LOADED if "daemon.json" in state else STEPS
    same(lab, gpu_converged_snapshot, GPU_STATES[state], steps=steps)


def same(lab: Lab, snapshot: str | None, change: str, steps: Collection[str] = STEPS) -> None:
    """Make two hosts, change both, mend one with each, and compare what came of them and how."""
    hosts = [lab.host(from_snapshot=snapshot) for _ in range(2)]
    try:
        for host in hosts:
            host.ssh(change)
        plainly, ours = _plainly(lab, hosts[0]), _ours(lab, hosts[1])
        assert ours <= plainly
        assert plainly - ours <= set(steps)
        apart = set(made_of(hosts[0])) ^ set(made_of(hosts[1]))
        assert not apart, sorted(apart)
        for host in hosts:
            again = checked(lab.inventory([host]))
            assert again.status == 0, again.words
    finally:
        for host in hosts:
            host.destroy()


def _plainly(lab: Lab, host: LabHost) -> set[str]:
    """The items that plain pyinfra changed."""
    done = product.apply(lab.inventory([host]))
    assert done.status == 0, done.output
    return {item_id(name) for name in done.changed}


def _ours(lab: Lab, host: LabHost) -> set[str]:
    """The items that gpufleet mended."""
    done = applied(lab.inventory([host]))
    assert done.status == 0, done.output
    return {found["id"] for found in done.hosts[host.name]["mended"]}


def made_of(host: LabHost) -> list[str]:
    """What a host came to, without what no two hosts have in common: names, keys, times."""
    stamp = json.loads(host.ssh("cat /var/lib/gpufleet/stamp.json").stdout)
    stamp.pop("changed_at")
    return [*comparable(host), json.dumps(stamp, sort_keys=True)]

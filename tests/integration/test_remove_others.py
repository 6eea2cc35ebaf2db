"""Taking back what apply did on a host with a Docker, a configuration and containers of somebody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.checked import applied, removed
from tests.integration.existing import Existing
from tests.integration.removal import notices, remedies, unsaid
from tests.integration.state import around
from tests.lab.mirror.former import Former

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

pytestmark = pytest.mark.slow
APT_INSTALL = "apt-get -q update && apt-get -qy install --no-install-recommends"
THEIRS = (
    '{"live-restore": false,\n  "max-concurrent-downloads": 2, "labels": ["a=\\u00e9"],"features": {"cdi": false} }'
)
STATE = "docker inspect -f '{{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}' mine"
INFO = "docker info --format '{{.DefaultRuntime}} {{range $name, $_ := .Runtimes}}{{$name}} {{end}}'"
ROLES = ("--roles", "docker_engine,nvidia_container_toolkit")
CONTAINERS = frozenset({("docker-engine.look-for-containers-that-keep-docker", "pending")})
LEFT = (
    "command -v docker dockerd; ls -d /var/lib/gpufleet /etc/apt/sources.list.d/docker.sources "
    "/etc/apt/keyrings/docker.asc; dpkg --get-selections | grep -e docker -e containerd"
)
LIST = "/etc/apt/sources.list.d/docker.list"


def test_a_docker_of_somebodys_keeps_its_file_its_version_and_its_containers(lab: Lab, gpu_fresh: LabHost) -> None:
    host = gpu_fresh
    host.ssh(f"{APT_INSTALL} docker.io docker-cli docker-buildx iptables ca-certificates")
    host.ssh("cat > /etc/docker/daemon.json; chmod 640 /etc/docker/daemon.json; systemctl restart docker", stdin=THEIRS)
    host.ssh(f"echo 'deb [signed-by=/none.gpg] https://nvidia.github.io/nvidia-docker stable main' > {LIST}")
    host.ssh("docker run -d --name mine debian:trixie-slim sleep 100000")
    before, alive = around(host), host.ssh(STATE).stdout
    inventory = lab.inventory(
        [host],
        nvidia_container_toolkit_default_runtime=True,
        docker_engine_daemon={"max-concurrent-downloads": 5, "debug": False},
    )
    provisioned = applied(inventory, *ROLES)
    assert provisioned.status == 0, provisioned.words
    assert host.ssh(STATE).stdout == alive
    assert host.ssh(INFO).stdout.startswith("nvidia ")
    host.ssh("docker run -d --name training --runtime=nvidia debian:trixie-slim sleep 100000")

    waits = removed(inventory)
    assert waits.status == 2, waits.output
    assert waits.findings == {("nvidia-container-toolkit.look-for-containers-that-need-the-toolkit", "pending")}
    assert host.ssh(INFO).stdout.startswith("runc "), "the default goes, and the runtime stays for its container"
    assert " nvidia " in host.ssh(INFO).stdout
    assert host.ssh("docker restart -t 0 training").stdout == "training\n"
    assert host.ssh(STATE).stdout == alive

    host.ssh("docker rm -f training")
    done = removed(inventory)
    assert done.status == 0, done.words
    assert host.ssh(STATE).stdout == alive
    assert host.ssh(INFO).stdout.split()[0] == "runc"
    assert "nvidia" not in host.ssh(INFO).stdout
    assert host.ssh("cat /etc/docker/daemon.json; stat -c %a /etc/docker/daemon.json").stdout == f"{THEIRS}640\n"
    assert any(sentence.startswith("dockerd keeps live-restore") for sentence in notices(done))
    assert any(
        sentence.endswith("were there before: docker.io, containerd, runc, docker-buildx, docker-cli, iptables.")
        for sentence in notices(done)
    ), notices(done)
    assert not any(sentence.startswith("Files that apply replaced stay") for sentence in notices(done))
    assert unsaid(before, around(host), host, done) == []
    assert removed(inventory).hosts[host.name]["mended"] == []


def test_a_docker_that_apply_installed_waits_for_the_last_container_and_goes_then(lab: Lab, converged: LabHost) -> None:
    converged.ssh(
        "docker run -d --name mine debian:trixie-slim sleep 100000; docker run --name over debian:trixie-slim"
    )
    alive, inventory = converged.ssh(STATE).stdout, lab.inventory([converged])
    for _ in range(2):
        waits = removed(inventory)
        assert (waits.status, waits.findings) == (2, CONTAINERS), waits.words
        assert "Docker: expected not installed, found there for containers: " in waits.words
        assert "mine (running)" in waits.words
        assert "over (exited)" in waits.words
        assert any("set docker_engine_keep: true: then remove again" in each for each in remedies(waits))
        assert converged.ssh(STATE).stdout == alive
    assert waits.hosts[converged.name]["mended"] == [], "the second one"
    converged.ssh("test -s /etc/apt/sources.list.d/docker.sources && apt-get -qq update")

    converged.ssh("docker rm -f mine")
    assert removed(inventory).findings == CONTAINERS, "one that has ended counts"
    converged.ssh("docker rm over")
    done = removed(inventory)
    assert done.status == 0, done.words
    assert converged.ssh(LEFT, check=False).stdout == ""
    assert any(sentence.startswith("Docker's network stays") for sentence in notices(done)), notices(done)
    assert removed(inventory).hosts[converged.name]["mended"] == []


def test_a_docker_that_is_to_be_kept_stays_with_its_containers_and_nothing_else_does(
    lab: Lab, converged: LabHost
) -> None:
    converged.ssh("docker run -d --name mine debian:trixie-slim sleep 100000")
    alive, inventory = converged.ssh(STATE).stdout, lab.inventory([converged], docker_engine_keep=True)
    assert removed(lab.inventory([converged])).findings == CONTAINERS
    done = removed(inventory)
    assert done.status == 0, done.words
    assert any("installed them (docker_engine_keep is set" in sentence for sentence in notices(done)), notices(done)
    assert not any(sentence.startswith("Docker's network stays") for sentence in notices(done)), notices(done)
    assert converged.ssh(STATE).stdout == alive
    converged.ssh("test -s /etc/apt/sources.list.d/docker.sources && apt-get -qq update")
    assert converged.ssh("ls -d /var/lib/gpufleet /etc/docker/daemon.json", check=False).stdout == ""
    assert removed(inventory).hosts[converged.name]["mended"] == []


def test_a_docker_that_a_package_of_others_needs_stays_and_runs_without_our_runtime(
    lab: Lab, gpu_fresh: LabHost, tmp_path: Path
) -> None:
    host = gpu_fresh
    inventory = lab.inventory([host], nvidia_container_toolkit_default_runtime=True)
    provisioned = applied(inventory, *ROLES)
    assert provisioned.status == 0, provisioned.words
    assert host.ssh(INFO).stdout.startswith("nvidia ")
    Existing(lab, host).install([Former("theirs", "1.0", {"Depends": "docker-ce"})], tmp_path)
    done = removed(inventory)
    assert done.status == 0, done.words
    needed = [sentence for sentence in notices(done) if sentence.startswith("Packages that stay, since others need")]
    assert "docker-ce" in {word.strip(",.") for sentence in needed for word in sentence.split()}, notices(done)
    assert host.ssh(INFO).stdout.split()[0] == "runc"
    assert "nvidia" not in host.ssh(INFO).stdout
    assert removed(inventory).hosts[host.name]["mended"] == []

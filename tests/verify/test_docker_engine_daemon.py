"""The daemon runs, at every boot, with what is declared for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.dockerd.info import observables, swarm_active
from gpufleet.dockerd.json_tree import from_plain
from gpufleet.dockerd.state import DAEMON_JSON
from gpufleet.platform.wsl_conf import value_of
from gpufleet.verify.sockets import listening
from gpufleet.verify.trees import missing
from roles.docker_engine.daemon import declared_keys, for_swarm
from roles.platform.settings import PlatformSettings
from roles.platform.wsl import CONF
from roles.platform.wsl_boot import SCRIPT

if TYPE_CHECKING:
    from testinfra.host import Host

    from gpufleet.dockerd.state import Running
    from gpufleet.platform import Platform
    from gpufleet.verify.fixtures import Settings
    from roles.docker_engine.settings import DockerEngineSettings

pytestmark = pytest.mark.usefixtures("engine")  # which skips with Docker Desktop
SWARM_PORTS = {2377, 7946}
"""Cluster management and gossip (docs.docker.com/engine/swarm/swarm-tutorial, "Open protocols and ports")."""


@pytest.fixture(scope="session")
def declared(engine: DockerEngineSettings, docker_info: dict[str, Any]) -> dict[str, Any]:
    """The declared keys of daemon.json; swarm mode does not allow live-restore."""
    keys = declared_keys(engine)
    return for_swarm(keys) if swarm_active(docker_info) else keys


def test_the_service_runs(host: Host, platform: Platform) -> None:
    """As its own init sees it. systemd may be installed without running, as in WSL: testinfra would ask it then."""
    asked = host.run("systemctl is-active docker" if platform.systemd else "service docker status")
    assert asked.succeeded, asked.stdout + asked.stderr


def test_the_service_starts_at_boot(host: Host, platform: Platform, settings: Settings) -> None:
    """Running now says nothing about tomorrow."""
    if platform.systemd:
        assert host.run("systemctl is-enabled docker").stdout == "enabled\n"
    elif platform.wsl:
        if not settings(PlatformSettings).starts_by_command(platform):
            pytest.skip("platform_wsl_boot: nothing is to start it before systemd does")
        assert SCRIPT in (value_of(host.file(CONF).content_string, "boot", "command") or "")
    else:
        assert host.check_output("find -L /etc/rc?.d -name 'S??docker'")


def test_the_daemon_answers(docker_info: dict[str, Any]) -> None:
    """The command reaches it, and it has no error to report."""
    assert not docker_info.get("ServerErrors")


def test_the_file_holds_every_declared_key(host: Host, declared: dict[str, Any]) -> None:
    """Keys that are not declared belong to the host's people and may say what they like."""
    file = host.file(DAEMON_JSON)
    held = json.loads(file.content.decode("utf-8-sig") or "{}") if file.exists else {}
    assert missing(held, declared) == []


def test_the_daemon_runs_with_what_is_declared(docker_info: dict[str, Any], declared: dict[str, Any]) -> None:
    """What stands in the file has also been loaded, as far as `docker info` shows it."""
    shown = observables({key: from_plain(value) for key, value in declared.items()})
    other = [(item.path, item.value, item.seen(docker_info)) for item in shown if item.seen(docker_info) != item.value]
    assert [f"{'.'.join(path)}: {value!r} is declared, {live!r} is live" for path, value, live in other] == []


def test_containers_outlive_a_restart_of_the_daemon(docker_info: dict[str, Any], engine: DockerEngineSettings) -> None:
    """live-restore, without which every update of Docker stops every container."""
    if swarm_active(docker_info):
        pytest.skip("swarm mode does not allow live-restore")
    assert docker_info["LiveRestoreEnabled"] is engine.live_restore


def test_nobody_reaches_the_daemon_over_the_network(
    host: Host, dockerd: Running, docker_info: dict[str, Any], engine: DockerEngineSettings
) -> None:
    """Whoever can talk to dockerd is root on the host, so a TCP socket must be declared."""
    inodes = host.check_output("ls -l /proc/%s/fd", str(dockerd.pid))
    tables = host.check_output("cat /proc/%s/net/tcp /proc/%s/net/tcp6", str(dockerd.pid), str(dockerd.pid))
    declared = [*engine.daemon.get("hosts", []), engine.daemon.get("metrics-addr", "")]
    allowed = {int(address.rpartition(":")[2]) for address in declared if address.rpartition(":")[2].isdecimal()}
    allowed |= SWARM_PORTS if swarm_active(docker_info) else set()
    assert [str(found) for found in listening(tables, inodes) if found.port not in allowed] == []

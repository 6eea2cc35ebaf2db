"""What keeps Docker's service from being enabled and running, now and after the next boot. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from gpufleet.dockerd.flags import repeated
from gpufleet.dockerd.objections import Objection
from gpufleet.dockerd.state import DAEMON_JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState, Unit
    from gpufleet.finding import FindingClass

SERVICE, SOCKET = "docker.service", "docker.socket"
STARTED_AT_BOOT = frozenset({"enabled", "generated", "alias"})
Mending: TypeAlias = Literal["command", "start", "person"]


class Gap(NamedTuple):
    """One difference.

    Attributes:
        unit: what differs.
        expected: as it should be.
        observed: as it is.
        kind: its class.
        mending: by a command, by a start, which is guarded by more than one, or by a person.
        how: that command, or what the person does.
        since: when it came about, seconds since the epoch; None where that is not known.
        explained: another gap says it already.
    """

    unit: str
    expected: str
    observed: str
    kind: FindingClass
    mending: Mending
    how: str = ""
    since: float | None = None
    explained: bool = False


def gaps(docker: DockerState, content: Object) -> list[Gap]:
    """What differs from a service that starts at boot and runs; without systemd only the latter can be told.

    Args:
        docker: the host.
        content: what daemon.json holds.
    """
    return [*(_systemd_gaps(docker) if docker.systemd else ()), *_repeated(docker, content), *_stopped(docker)]


def started_by_hand(docker: DockerState) -> Objection | None:
    """Why a daemon that runs, although its service does not, is left alone."""
    service = docker.service
    if docker.running is None or service is None or service.active not in {"inactive", "failed"}:
        return None
    observed = f"dockerd runs (process {docker.running.pid}), but was not started by systemd"
    return Objection(SERVICE, "running", observed, "Stop that dockerd, then run again.", "runtime")


def _systemd_gaps(docker: DockerState) -> Iterator[Gap]:
    service = docker.service
    for name, unit in ((SERVICE, service), (SOCKET, docker.socket)):
        if unit and unit.load == "masked":
            command = f"systemctl unmask {name} && systemctl unmask --runtime {name}"
            also = f" && systemctl enable {name}" if name == SERVICE else ""  # masked, it does not tell whether it is
            yield Gap(name, "not masked", "masked", "config", "command", command + also)
        elif unit and unit.outdated:
            expected, observed = "known to systemd as it is on disk", "its files were changed since systemd read them"
            yield Gap(name, expected, observed, "runtime", "command", "systemctl daemon-reload")
    if service is None or service.load == "not-found":
        yield Gap(SERVICE, "enabled", "not installed", "config", "command", f"systemctl enable {SERVICE}")
    elif service.load != "masked" and service.file not in STARTED_AT_BOOT:
        observed = service.file or "unknown"
        yield Gap(SERVICE, "enabled", observed, "config", "command", f"systemctl enable {SERVICE}")
    if docker.socket and "fd://" in docker.flags:
        yield from _socket_gaps(docker, docker.socket)


def _socket_gaps(docker: DockerState, socket: Unit) -> Iterator[Gap]:
    """A dockerd that gets its socket from systemd goes on without that unit, and does not start again."""
    if socket.load == "not-found" and docker.program:
        how = "Install the package of dockerd anew (`apt-get install --reinstall`)."
        yield Gap(SOCKET, "installed", "not installed: dockerd would not start again", "config", "person", how)
    elif socket.load == "loaded" and docker.running and socket.active in {"inactive", "failed"}:
        observed = f"{socket.active}: dockerd would not start again"
        how = "When containers may stop: `systemctl stop docker.service && systemctl start docker.service`."
        yield Gap(SOCKET, "active", observed, "runtime", "person", how, socket.changed)


def _repeated(docker: DockerState, content: Object) -> Iterator[Gap]:
    """An option that dockerd is given twice keeps it from starting; one that runs shows nothing of that."""
    proxies = content.get("proxies")
    for flag, key in repeated(docker.flags, {*content, *(proxies if isinstance(proxies, dict) else ())}):
        yield Gap(
            SERVICE if docker.systemd else "/etc/default/docker",
            f"no option that {DAEMON_JSON} sets as well",
            f"it passes {flag}, and the file holds {key}: dockerd would not start again",
            "config",
            "person",
            f"Take {flag} out of dockerd's options (`systemctl edit docker.service`), or {key} out of the file.",
        )


def _stopped(docker: DockerState) -> Iterator[Gap]:
    if docker.running is None:
        service = docker.service
        masked = service is not None and service.load == "masked"
        since = service.changed if service else None
        # Under this name others wait for it, also where an init script starts it
        yield Gap(SERVICE, "running", _why_stopped(service), "runtime", "start", since=since, explained=masked)


def _why_stopped(service: Unit | None) -> str:
    return f"{service.active} ({service.sub})" if service and service.active else "stopped"

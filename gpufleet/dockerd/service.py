"""What keeps Docker's service from being enabled and running. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gpufleet.dockerd.objections import Objection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.dockerd.state import DockerState, Unit

SERVICE, SOCKET = "docker.service", "docker.socket"
STARTED_AT_BOOT = frozenset({"enabled", "generated", "alias"})


class Gap(NamedTuple):
    """One difference.

    Attributes:
        unit: what differs.
        expected: as it should be.
        observed: as it is.
        command: what mends it; None for a start, which is guarded by more than one command.
    """

    unit: str
    expected: str
    observed: str
    command: str | None


def gaps(docker: DockerState) -> list[Gap]:
    """What differs from a service that starts at boot and runs; without systemd only the latter can be told."""
    return [*(_systemd_gaps(docker) if docker.systemd else ()), *_stopped(docker)]


def started_by_hand(docker: DockerState) -> Objection | None:
    """Why a daemon that runs, although its service does not, is left alone."""
    service = docker.service
    if docker.running is None or service is None or service.active not in {"inactive", "failed"}:
        return None
    observed = f"dockerd runs (process {docker.running.pid}), but was not started by systemd"
    return Objection(SERVICE, "running", observed, "Stop that dockerd, then run again.")


def _systemd_gaps(docker: DockerState) -> Iterator[Gap]:
    for name, unit in ((SERVICE, docker.service), (SOCKET, docker.socket)):
        if unit and unit.load == "masked":
            yield Gap(name, "not masked", "masked", f"systemctl unmask {name} && systemctl unmask --runtime {name}")
    service = docker.service
    if service is None or service.load == "not-found":
        yield Gap(SERVICE, "enabled", "not installed", f"systemctl enable {SERVICE}")
    elif service.file not in STARTED_AT_BOOT:
        yield Gap(SERVICE, "enabled", service.file or "unknown", f"systemctl enable {SERVICE}")


def _stopped(docker: DockerState) -> Iterator[Gap]:
    if docker.running is None:
        yield Gap(SERVICE if docker.systemd else "docker", "running", _why_stopped(docker.service), None)


def _why_stopped(service: Unit | None) -> str:
    return f"{service.active} ({service.sub})" if service and service.active else "stopped"

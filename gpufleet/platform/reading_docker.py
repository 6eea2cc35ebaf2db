"""What the reading script printed about Docker and about other users of containerd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.platform import DOCKER_FAMILIES, Docker

if TYPE_CHECKING:
    from gpufleet.platform.report import Report

_DESKTOP = "/mnt/wsl/docker-desktop"
_KUBERNETES = ("kubelet", "k3s", "rke2")


def docker(report: Report) -> Docker | None:
    """The Docker that is there; None without one. A client alone is not a Docker."""
    dockerd = report.first("dockerd")
    package = report.first("dockerd_package")
    found = Docker(
        dockerd=None if dockerd is None or dockerd.startswith("/snap/") else dockerd,
        client=report.first("docker"),
        package=package,
        version=report.first("dockerd_version"),
        family=DOCKER_FAMILIES.get(package or "", "other"),
        daemon_version=_info(report)[0] or None,
        desktop=_is_desktop(report),
        snap=report.has("snap") or any(path.startswith("/snap/") for _, path in _processes(report)),
        rootless=report.has("rootless"),
    )
    there = found.dockerd or found.daemon_version or found.desktop or found.snap or found.rootless
    return found if there else None


def running_containers(report: Report) -> int | None:
    """How many containers the system daemon runs; None when it did not answer."""
    count = _info(report)[1]
    return int(count) if count.isdecimal() else None


def containerd_users(report: Report) -> tuple[str, ...]:
    """What uses containerd beside Docker, in words for a person, each once."""
    names = [name for name, _ in _processes(report)] + report.every("unit")
    users = [kind for kind in _KUBERNETES if any(name.startswith(kind) for name in names)]
    users += [name for name in ("buildkitd",) if name in names]
    for count, namespace in report.fields("containerd_namespace", 2):
        if count != "0":
            users.append(f"containerd namespace {namespace} (containers: {count})")
    return tuple(users)


def _info(report: Report) -> list[str]:
    """Server version, running containers, operating system and data root, as the daemon answered."""
    return next(iter(report.fields("docker_info", 4)), ["", "", "", ""])


def _is_desktop(report: Report) -> bool:
    links = report.every("docker_link") + report.every("docker")
    return any(link.startswith(_DESKTOP) for link in links) or _info(report)[2] == "Docker Desktop"


def _processes(report: Report) -> list[list[str]]:
    """Name and program (empty when it may not be read) of the processes that matter here."""
    return report.fields("process", 2)

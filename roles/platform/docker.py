"""Judgement about a Docker that is there and is not the system's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.finding import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gpufleet.platform import Docker


def docker_refusals(docker: Docker | None) -> Iterator[Difference]:
    """What about a host's Docker keeps it from being provisioned; versions are the role docker_engine's business."""
    if docker is None:
        return
    if docker.desktop and docker.dockerd:
        yield Difference(
            kind="config",
            refused=True,
            resource="Docker",
            expected="one Docker",
            observed=f"Docker Desktop's, and one of this distribution ({docker.dockerd}): they take "
            "/var/run/docker.sock from each other",
            remedy="In Docker Desktop, under Settings, Resources, WSL integration, switch this distribution off; "
            f"or keep Docker Desktop and remove the other one{_by_apt(docker.package)}.",
        )
    if docker.snap:
        yield Difference(
            kind="config",
            refused=True,
            resource="Docker",
            expected="Docker from packages",
            observed="Docker as a snap, which sees neither /etc/docker nor the NVIDIA runtime",
            remedy="Save what its containers hold, then `sudo snap remove docker` and apply again.",
        )
    elif docker.rootless and docker.daemon_version is None:
        yield Difference(
            kind="config",
            refused=True,
            resource="Docker",
            expected="a system-wide Docker daemon",
            observed="a rootless daemon only",
            remedy="Stop it with `dockerd-rootless-setuptool.sh uninstall`, or start the system-wide one beside it "
            "with `sudo systemctl start docker`, and apply again.",
        )


def _by_apt(package: str | None) -> str:
    return f" with `sudo apt-get remove {package}`" if package else ""

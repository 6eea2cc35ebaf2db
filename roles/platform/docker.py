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
    if docker.desktop:
        yield Difference(
            kind="config",
            refused=True,
            resource="Docker",
            expected="a Docker Engine of the distribution's own",
            observed="Docker Desktop's, which runs outside and brings its own GPU support",
            remedy="In Docker Desktop, under Settings, Resources, WSL integration, switch this distribution off; "
            "or keep Docker Desktop and leave this host out.",
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

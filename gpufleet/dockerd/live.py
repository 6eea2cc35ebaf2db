"""What can be done to a dockerd while containers run that would not outlive it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.dockerd.objections import running_containers
from gpufleet.dockerd.rules import wants_live_restore
from gpufleet.dockerd.staleness import stale
from gpufleet.facts.answer import Unreadable

if TYPE_CHECKING:
    from gpufleet.dockerd.json_tree import Object
    from gpufleet.dockerd.state import DockerState


def stops_containers(docker: DockerState, content: Object) -> bool:
    """Whether a dockerd that is started with a content of its file would stop containers that run now.

    Args:
        docker: the host.
        content: what daemon.json holds, or is to hold.
    """
    return docker.running is not None and running_containers(docker.running) > 0 and not wants_live_restore(content)


def live_restore(docker: DockerState) -> bool:
    """Whether the running daemon would leave its containers alone if it were stopped.

    Args:
        docker: the host.
    """
    info = {} if docker.running is None or isinstance(docker.running.info, Unreadable) else docker.running.info
    return info.get("LiveRestoreEnabled") is True


def reload_is_enough(docker: DockerState, content: Object) -> bool:
    """Whether the running daemon takes all up that it does not run with yet, without a restart.

    Args:
        docker: the host.
        content: what daemon.json holds.
    """
    return not any(each.restart for each in stale(docker, content))

"""A dockerd that runs with its file once keys of ours have gone from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.dockerd.live import live_restore, reload_is_enough, stops_containers
from gpufleet.dockerd.objections import Objection
from gpufleet.dockerd.planned import content_of
from gpufleet.dockerd.staleness import runs_with
from gpufleet.facts.docker import DockerDaemon
from gpufleet.notice import notice
from gpufleet.operations import docker_daemon
from gpufleet.operations.removal import Unless, stays
from gpufleet.operations.removal_words import removing

if TYPE_CHECKING:
    from gpufleet.operations.change import Commands

KEEPS_LIVE_RESTORE = (
    "dockerd keeps live-restore, and whatever else it has loaded, until it is started next: containers run."
)
KEEPS = "dockerd keeps what it has loaded until it is started next: containers run, and would not outlive that."


@operation()
def loaded(unless: Unless) -> Commands:
    """Have dockerd run with the file, by a restart only where a reload is not enough.

    A daemon that is started without live-restore stops the containers that it finds: once that is gone from the file,
    and while any runs, dockerd is left as it is until somebody starts it anew. What a reload takes up it still gets,
    unless that were to switch live-restore off.

    Args:
        unless: why it is left as it is.
    """
    if (yield from stays(unless)):
        return
    docker = host.get_fact(DockerDaemon)
    found = content_of(docker)
    content = {} if isinstance(found, Objection) else found
    if docker.loaded_by is None and docker.keys is None:
        host.noop("gpufleet has had dockerd load nothing")
    elif stops_containers(docker, content) and (live_restore(docker) or not reload_is_enough(docker, content)):
        if not runs_with(docker, content):
            notice(KEEPS_LIVE_RESTORE if live_restore(docker) else KEEPS)
        host.noop("containers run, and would not outlive a restart")
    else:
        yield from removing(docker_daemon.loaded._inner())  # noqa: SLF001

"""The lab's own Docker: a private dockerd and containerd that never touch a Docker already on the machine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import docker

from tests.lab import lock, network
from tests.lab.daemons import OWN_PIDFILE, Daemon, containerd, dockerd
from tests.lab.instance import CACHE, Instance

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from docker import DockerClient

START_SECONDS = 180
HOSTS_LOCK, IMAGES_LOCK, REAP_LOCK, SESSION_LOCK = "hosts.lock", "images.lock", "reap.lock", "session.lock"
SNAPSHOT_LOCKS = {0: "snapshot.lock", 1: "gpu-snapshot.lock"}
"""By the number of GPUs of the host of which a snapshot is taken: one need not wait for the other."""


class EngineError(RuntimeError):
    """The private daemon is not there or does not answer; the message says where its log lies."""


@dataclass(frozen=True)
class Engine:
    """A running lab engine.

    Attributes:
        instance: which lab.
    """

    instance: Instance

    @cached_property
    def client(self) -> DockerClient:
        """The Docker SDK's client of the private daemon (generous time-out: commits of big hosts take a while)."""
        return docker.DockerClient(base_url=f"unix://{self.instance.socket}", timeout=300)

    @property
    def network(self) -> str:
        """Name of the lab's network."""
        return self.instance.tag

    @cached_property
    def subnet(self) -> IPv4Network:
        """The lab's subnet."""
        return network.ensure(self.client, self.instance)

    @property
    def mirror_address(self) -> str:
        """The fixed address of the mirror, which no host gets."""
        return str(self.subnet[network.MIRROR_OFFSET])

    def answers(self) -> bool:
        """Whether the private daemon is up."""
        try:
            return bool(self.client.ping())
        except (docker.errors.DockerException, OSError):
            return False


def connect(instance: Instance) -> Engine:
    """The engine of a lab that `up` has started.

    Raises:
        EngineError: it does not run, or this user may not use its socket.
    """
    engine = Engine(instance)
    if not engine.answers():
        raise EngineError(f"the lab does not run at {instance.socket}: `python -m tests.lab up` starts it")
    return engine


def start(instance: Instance) -> Engine:
    """Start the private daemons, the network and its way out; whatever runs already is kept. Needs root.

    Raises:
        EngineError: dockerd does not answer in time.
    """
    engine = Engine(instance)
    instance.run.mkdir(parents=True, exist_ok=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in HOSTS_LOCK, IMAGES_LOCK, REAP_LOCK, SESSION_LOCK, *SNAPSHOT_LOCKS.values():
        lock.make(instance.data / name)
    daemons = [containerd(instance), dockerd(instance)]
    if daemons[1].pid() is None:
        network.prepare(instance)
        # After a crash or a reboot it may name a process that is somebody else's by now: dockerd would not start.
        (instance.run / OWN_PIDFILE).unlink(missing_ok=True)
    for daemon in daemons:
        daemon.start()
    _wait_until_it_answers(engine, daemons)
    network.open_way_out(instance, engine.subnet)
    return engine


def _wait_until_it_answers(engine: Engine, daemons: list[Daemon]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not engine.answers():
        dead = [daemon for daemon in daemons if daemon.pid() is None]
        if dead or time.monotonic() > deadline:
            logs = "\n".join(f"{daemon.log}:\n{daemon.last_words()}" for daemon in daemons)
            raise EngineError(f"the lab's dockerd does not answer. {logs}")
        time.sleep(0.1)

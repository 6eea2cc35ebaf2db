"""Containers for tests: one that is declared, and how a host shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from gpufleet.containers.declaration import declaration_hash
from gpufleet.containers.inspected import Image, Observed, digest
from gpufleet.containers.model import DECLARATION_LABEL, SANDBOX_LABEL, Container, Environment, GpuRequest, Mount, Port
from gpufleet.containers.reading import containers
from gpufleet.containers.state import Containers
from gpufleet.containers.use import Process

DOCKER26 = Path(__file__).with_name("data") / "containers" / "docker26.txt"
"""What the script printed on a lab host with Docker 26.1: sandboxes of ours, and two containers made by hand."""
IMAGE = Image(id="sha256:aaa", user="app")
OTHER_IMAGE = Image(id="sha256:bbb", user="app")
WANTED = Container(
    image="example/cuda:1",
    mounts=(Mount("/app", "/home/ana/py"),),
    shm_bytes=16 << 30,
    gpus=(GpuRequest("runtime", ("all",), ("compute", "utility")),),
    environment=Environment({"TOKEN": "hunter2"}),
    ports=(Port(8888, 8888),),
    restart="unless-stopped",
    entrypoint=("sleep",),
    command=("infinity",),
    init=True,
    tty=True,
)
INIT = Process(pid=100, parent=90, inside=1, started=10, name="docker-init")
SLEEP = Process(pid=101, parent=100, inside=7, started=11, name="sleep")
SHELL = Process(pid=102, parent=90, inside=8, started=12, name="bash")


def as_made(wanted: Container = WANTED, name: str = "py", **changes: Any) -> Observed:
    """A running container as Docker shows one that was made from this declaration."""
    found = Observed(
        id=f"id of {name}",
        name=name,
        container=replace(wanted, user="app" if wanted.user is None else wanted.user, environment=Environment()),
        image_id=IMAGE.id,
        labels={SANDBOX_LABEL: "py", DECLARATION_LABEL: declaration_hash(wanted)},
        digests={name: digest(name, value) for name, value in wanted.environment.items()},
        status="running",
        started=True,
    )
    return replace(found, **changes)


def host_with(*found: Observed, processes: tuple[Process, ...] = (INIT, SLEEP)) -> Containers:
    """A host with these containers, in each of which the same goes on."""
    return Containers(
        containers={each.name: each for each in found},
        images={WANTED.image: IMAGE},
        processes={each.id: processes for each in found},
    )


def recorded() -> Containers:
    """The lab host's."""
    found = containers(DOCKER26.read_text(encoding="utf-8").splitlines())
    assert isinstance(found, Containers)
    return found

"""Snapshots of lab hosts: the root file system as an image, the disks as volumes; clones start from both.

A disk of a converged host holds gigabytes of image layers. Docker never writes into a finished layer, so a copy shares
those files by hard links and takes a second; everything else is copied.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import container as containers
from tests.lab import owner

if TYPE_CHECKING:
    from tests.lab.engine import Engine

REPOSITORY = "gpufleet-lab/snapshot"
COPY = Path(__file__).with_name("copy-disk.sh")


def image(name: str) -> str:
    """Name of the image that holds a snapshot's root file system."""
    return f"{REPOSITORY}:{name}"


def take(engine: Engine, host: str, name: str, mark: str) -> None:
    """Snapshot a stopped host; an older snapshot of that name is replaced."""
    engine.client.containers.get(host).commit(REPOSITORY, tag=name, changes=[f"LABEL {owner.LABEL}={mark}"])
    copy_disks(engine, image(name), host, disks(name))


def disks(name: str) -> str:
    """What stands for the host's name in the names of a snapshot's disks."""
    return f"snapshot-{name}"


def owners(engine: Engine) -> dict[str, str]:
    """The snapshots of this lab, each with the mark of who took it; one may go away while they are listed."""
    return {
        tag.rpartition(":")[2]: found["Labels"][owner.LABEL]
        for found in engine.client.api.images(name=REPOSITORY)
        for tag in found["RepoTags"] or ()
    }


def copy_disks(engine: Engine, helper_image: str, source: str, target: str) -> None:
    """Fill the disks of `target` from those of `source`, inside a helper container (this user may not be root)."""
    pairs = []
    for disk in containers.DISKS:
        old, new = containers.disk_name(source, disk), containers.disk_name(target, disk)
        for volume in engine.client.volumes.list(filters={"name": new}):
            if volume.name == new:
                volume.remove(force=True)
        engine.client.volumes.create(new)
        pairs += [old, new]
    engine.client.containers.run(
        helper_image,
        ["sh", "-c", COPY.read_text(), "copy-disk", *pairs],
        volumes={str(engine.instance.data / "docker/volumes"): {"bind": "/volumes", "mode": "rw"}},
        network_mode="none",
        remove=True,
    )


def remove(engine: Engine, name: str) -> None:
    """Remove a snapshot; clones made from it stay."""
    for disk in containers.DISKS:
        engine.client.volumes.get(containers.disk_name(disks(name), disk)).remove(force=True)
    engine.client.images.remove(image(name), force=True)

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
    """Snapshot a stopped host; an older snapshot of that name is replaced.

    Its image comes last: a snapshot that is found (`owners`) is whole, wherever its maker was killed.
    """
    container = engine.client.containers.get(host)
    copy_disks(engine, container.attrs["Image"], host, disks(name), mark)
    container.commit(REPOSITORY, tag=name, changes=[f"LABEL {owner.LABEL}={mark}"])


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


def copy_disks(engine: Engine, helper_image: str, source: str, target: str, mark: str) -> None:
    """Fill the disks of `target` from those of `source`, inside a helper container (this user may not be root).

    Args:
        engine: the lab's engine.
        helper_image: the image of a host.
        source: the name of a host, or what stands for one (`disks`).
        target: the same; disks that it has are replaced.
        mark: whose the new disks are (`owner`).
    """
    containers.remove_disks(engine, target)
    pairs = []
    for disk in containers.DISKS:
        old, new = containers.disk_name(source, disk), containers.disk_name(target, disk)
        engine.client.volumes.create(new, labels={owner.LABEL: mark})
        pairs += [old, new]
    engine.client.containers.run(
        helper_image,
        ["sh", "-c", COPY.read_text(), "copy-disk", *pairs],
        volumes={str(engine.instance.data / "docker/volumes"): {"bind": "/volumes", "mode": "rw"}},
        network_mode="none",
        labels=containers.helper_labels(),
        remove=True,
    )


def remove(engine: Engine, name: str) -> None:
    """Remove a snapshot; clones made from it stay."""
    containers.remove_disks(engine, disks(name))
    engine.client.images.remove(image(name), force=True)

"""The kinds of lab hosts, and their images in the lab's engine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker

from tests.lab import rootfs
from tests.lab.engine import IMAGES_LOCK
from tests.lab.lock import locked
from tests.lab.progress import step

if TYPE_CHECKING:
    from tests.lab.engine import Engine


@dataclass(frozen=True)
class Kind:
    """One kind of lab host.

    Attributes:
        suite: Debian's code name.
        init: `systemd`, or `plain` for a host whose PID 1 is sshd.
        setup: shell commands that make the kind out of a bare host, run once and kept as a snapshot; `{archive}` is the
            address of the Debian archive.
    """

    suite: str
    init: str = "systemd"
    setup: str = ""


# A newer Docker than trixie's 26.1, without a newer Debian around it: 28.5.2 when this was written.
TESTING_DOCKER = """
set -e
echo 'deb {archive} forky main' > /etc/apt/sources.list.d/testing.list
printf 'Package: *\\nPin: release n=forky\\nPin-Priority: 100\\n' > /etc/apt/preferences.d/testing
apt-get update -qq
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq --no-install-recommends -t forky docker.io docker-cli docker-buildx iptables ca-certificates
"""
KINDS = {
    "debian13": Kind("trixie"),
    "debian12": Kind("bookworm"),
    "debian13-plain": Kind("trixie", init="plain"),
    "debian-testing-docker": Kind("trixie", setup=TESTING_DOCKER),
}


def ensure_image(engine: Engine, suite: str) -> str:
    """Name of the engine's image of a Debian suite, imported from the cache when it is missing.

    Building a root file system that is not cached yet needs root.
    """
    cached = rootfs.path(suite)
    name = f"gpufleet-lab/{suite}:{cached.stem.rpartition('-')[2]}"
    if not engine.client.images.list(name=name):
        with locked(engine.instance.data / IMAGES_LOCK):
            _import(engine, suite, name)
    return name


def _import(engine: Engine, suite: str, name: str) -> None:
    cached = rootfs.ensure(suite)
    if engine.client.images.list(name=name):
        return  # by whoever held the lock before
    repository, _, tag = name.partition(":")
    with step(f"importing Debian {suite} into the lab's engine"):
        engine.client.api.import_image_from_file(str(cached), repository=repository, tag=tag)
    _remove_older(engine, repository, name)


def _remove_older(engine: Engine, repository: str, name: str) -> None:
    for image in engine.client.images.list(name=repository):
        for tag in set(image.tags) - {name}:
            with suppress(docker.errors.APIError):  # a host still runs from it
                engine.client.images.remove(tag)

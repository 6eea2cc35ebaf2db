"""The lab as tests and the demo use it: make hosts, list them, write inventories of them."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import container as containers
from tests.lab import engine as engines
from tests.lab import inventory, keys, network, snapshots
from tests.lab.host import LabHost
from tests.lab.instance import Instance
from tests.lab.kinds import KINDS, ensure_image
from tests.lab.lock import locked
from tests.lab.vendors import Mirror, mirror, vendor_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker.models.containers import Container

    from tests.lab.engine import Engine

AUTHORITY = "/usr/local/share/ca-certificates/gpufleet-lab-mirror.crt"
KIND, OWNER, ADDRESS = "gpufleet.kind", "gpufleet.owner", "gpufleet.address"
NOBODY = "nobody"


@dataclass(frozen=True)
class Lab:
    """A running lab.

    Attributes:
        engine: its engine.
    """

    engine: Engine

    @classmethod
    def connect(cls) -> Lab:
        """The lab that `python -m tests.lab up` has started.

        Raises:
            EngineError: none runs.
        """
        return cls(engines.connect(Instance.from_environment()))

    @property
    def instance(self) -> Instance:
        """Which lab."""
        return self.engine.instance

    @cached_property
    def mirror(self) -> Mirror | None:
        """The vendors' stand-in."""
        return mirror(self.engine)

    def host(
        self, kind: str = "debian13", name: str | None = None, from_snapshot: str | None = None, *, keep: bool = False
    ) -> LabHost:
        """Create a host, boot it, wait until it answers on SSH.

        Args:
            kind: one of `kinds.KINDS`; a snapshot's own kind counts instead.
            name: its name; left out, a new one is made up.
            from_snapshot: start as a copy of that snapshot, with an identity of its own.
            keep: it outlives the process that made it (`reap` leaves it alone).
        """
        name = name or f"{from_snapshot or kind}-{secrets.token_hex(2)}"
        if from_snapshot:
            image = snapshots.image(from_snapshot)
            kind = self.engine.client.images.get(image).labels[KIND]
            snapshots.copy_disks(self.engine, image, f"snapshot-{from_snapshot}", name)
        else:
            image = ensure_image(self.engine, KINDS[kind].suite)
        host = self._create(name, kind, image, owner=NOBODY if keep else owner())
        host.start()
        return host

    def hosts(self) -> list[LabHost]:
        """Every host of this lab, running or not."""
        return [self._as_host(container) for container in self._containers()]

    def find(self, name: str) -> LabHost | None:
        """The host of that name, if there is one."""
        return next((host for host in self.hosts() if host.name == name), None)

    def inventory(self, hosts: Sequence[LabHost], **variables: object) -> Path:
        """Write an inventory of these hosts for the stock pyinfra command; return its inventory.py."""
        return inventory.write(self.instance.files / "inventories", hosts, variables)

    def reap(self) -> None:
        """Remove the hosts whose makers are gone: what a killed test run left."""
        for container in self._containers():
            if not alive(container.labels[OWNER]):
                self._as_host(container).destroy()

    def _create(self, name: str, kind: str, image: str, owner: str) -> LabHost:
        key = keys.ensure(self.instance)
        names = dict.fromkeys(vendor_names(), self.engine.mirror_address)
        with locked(self.instance.data / "hosts.lock"):
            address = network.free_address(self.engine.subnet, self._addresses())
            container = containers.create(
                self.engine,
                name=name,
                image=image,
                init=KINDS[kind].init,
                address=address,
                names=names,
                labels={KIND: kind, OWNER: owner, ADDRESS: address},
            )
        containers.put_file(container, containers.INIT, INIT_SCRIPT.read_bytes(), mode=0o755)
        containers.put_file(container, "/etc/ssh/lab_key", key.with_suffix(".pub").read_bytes())
        if self.mirror:
            containers.put_file(container, AUTHORITY, self.mirror.ca_certificate.read_bytes())
        return self._as_host(container)

    def _containers(self) -> list[Container]:
        return list(self.engine.client.containers.list(all=True, filters={"label": KIND}))

    def _addresses(self) -> list[str]:
        return [container.labels[ADDRESS] for container in self._containers()]

    def _as_host(self, container: Container) -> LabHost:
        name = str(container.name)
        labels = container.labels
        folder = self.instance.files / "hosts" / name
        return LabHost(self.engine, name, labels[KIND], labels[ADDRESS], keys.ensure(self.instance), folder)


INIT_SCRIPT = Path(__file__).with_name("lab-init.sh")


def owner() -> str:
    """This process, told from a later one with the same id by the time of its start."""
    return f"{os.getpid()}-{_started(os.getpid())}"


def alive(mark: str) -> bool:
    """Whether the process that `owner` marked still runs; `nobody` counts as alive."""
    if mark == NOBODY:
        return True
    pid, _, started = mark.partition("-")
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    try:
        # Field 22 of proc(5)'s stat, counted after the parenthesised name, which may hold spaces.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""

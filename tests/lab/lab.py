"""The lab as tests and the demo use it: make hosts, list them, write inventories of them."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import apt_sources, inventory, keys, mirror, network, owner, pip_settings, snapshots
from tests.lab import container as containers
from tests.lab import engine as engines
from tests.lab.host import LabHost
from tests.lab.instance import Instance
from tests.lab.kinds import KINDS, ensure_image
from tests.lab.lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from docker.models.containers import Container

    from tests.lab.engine import Engine

AUTHORITY = "/usr/local/share/ca-certificates/gpufleet-lab-mirror.crt"
KIND, ADDRESS = "gpufleet.kind", "gpufleet.address"
INIT_SCRIPT = Path(__file__).with_name("lab-init.sh")


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
    def mirror(self) -> mirror.Mirror:
        """The vendors' stand-in."""
        return mirror.start(self.engine)

    def host(
        self,
        kind: str = "debian13",
        name: str | None = None,
        from_snapshot: str | None = None,
        *,
        mark: str | None = None,
    ) -> LabHost:
        """Create a host, boot it, wait until it answers on SSH.

        Args:
            kind: one of `kinds.KINDS`; a snapshot's own kind counts instead.
            name: its name; left out, a new one is made up.
            from_snapshot: start as a copy of that snapshot, with an identity of its own.
            mark: whose it is (`owner`); this process by default, `owner.NOBODY` for a host that stays.
        """
        name, mark = name or f"{from_snapshot or kind}-{secrets.token_hex(2)}", mark or owner.this_process()
        if KINDS[kind].setup:
            from_snapshot = from_snapshot or self._prepared(kind)
        if from_snapshot:
            image = snapshots.image(from_snapshot)
            kind = self.engine.client.images.get(image).labels[KIND]
            snapshots.copy_disks(self.engine, image, snapshots.disks(from_snapshot), name, mark)
        else:
            image = ensure_image(self.engine, KINDS[kind].suite)
        host = self._create(name, kind, image, mark)
        host.start()
        return host

    def reimage(self, host: LabHost) -> None:
        """Put the bare system of its suite onto a host, as a reinstallation does: nothing of its disks is left.

        Name and address stay, its SSH host key is another one, and `known_hosts` still holds the former: whoever
        connects sees a changed key.

        Args:
            host: the host.
        """
        mark = host.container.labels[owner.LABEL]
        self._create(host.name, host.kind, ensure_image(self.engine, KINDS[host.kind].suite), mark, replaced=host)
        host.start(introduced=False)

    def _prepared(self, kind: str) -> str:
        """The snapshot that hosts of a kind with a setup start from; made when missing, it stays."""
        base = ensure_image(self.engine, KINDS[kind].suite)
        with locked(self.instance.data / engines.IMAGES_LOCK):
            if kind not in snapshots.owners(self.engine):
                host = self._create(f"{kind}-base", kind, base, owner.this_process())
                host.start()
                host.ssh(KINDS[kind].setup.format(archive=apt_sources.of_this_machine().uri))
                host.snapshot(kind, mark=owner.NOBODY)
                host.destroy()
        return kind

    def hosts(self) -> list[LabHost]:
        """Every host of this lab, running or not."""
        return [self._as_host(container) for container in self._containers()]

    def find(self, name: str) -> LabHost | None:
        """The host of that name, if there is one."""
        return next((host for host in self.hosts() if host.name == name), None)

    def inventory(self, hosts: Sequence[LabHost], **variables: object) -> Path:
        """Write a new inventory of these hosts for a test; return its inventory.py.

        A host without an nvidia-smi gets `platform_gpu: none`, so that what is not about GPUs stays small and fast.

        Args:
            hosts: the hosts, all in group `lab`.
            variables: settings for all of them, such as `docker_engine_version="..."`; `platform_gpu` counts for all.
        """
        plain = [] if "platform_gpu" in variables else [host.name for host in hosts if not host.has_nvidia_smi]
        return self._write(inventory.new_name(), hosts, variables, {key: {"platform_gpu": "none"} for key in plain})

    def write_inventory(self, folder: str, hosts: Sequence[LabHost], **variables: object) -> Path:
        """Write an inventory under a name of the caller's; one that is there is replaced.

        It differs from production in two values: the fingerprints of the vendors' keys, which are the lab's own.
        """
        return self._write(folder, hosts, variables, {})

    def _write(
        self,
        folder: str,
        hosts: Sequence[LabHost],
        variables: Mapping[str, object],
        own: Mapping[str, Mapping[str, object]],
    ) -> Path:
        keys_of_the_lab = {
            "docker_engine_key_fingerprint": self.mirror.docker_fingerprint,
            "nvidia_container_toolkit_key_fingerprint": self.mirror.nvidia_fingerprint,
        }
        return inventory.write(
            self.instance.files / "inventories" / folder, hosts, {**keys_of_the_lab, **variables}, own
        )

    def reap(self) -> None:
        """Remove what killed test runs left: hosts, snapshots, disks and helpers whose makers are gone."""
        with locked(self.instance.data / engines.REAP_LOCK):  # two that remove the same host get in each other's way
            self._remove(lambda mark: not owner.alive(mark))

    def remove_own(self) -> None:
        """Remove what this process made, but for kept hosts and snapshots."""
        self._remove(lambda mark: mark == owner.this_process())

    def _remove(self, wanted: Callable[[str], bool]) -> None:
        containers.remove_helpers(self.engine, wanted)
        for container in self._containers():
            if wanted(container.labels[owner.LABEL]):
                self._as_host(container).destroy()
        for name, mark in snapshots.owners(self.engine).items():
            if wanted(mark):
                snapshots.remove(self.engine, name)
        containers.remove_disks_of(self.engine, wanted)
        for folder, mark in inventory.owners(self.instance.files / "inventories").items():
            if wanted(mark):
                shutil.rmtree(folder)

    def _create(self, name: str, kind: str, image: str, mark: str, *, replaced: LabHost | None = None) -> LabHost:
        names = dict.fromkeys(mirror.VENDOR_NAMES, self.engine.mirror_address)
        with locked(self.instance.data / engines.HOSTS_LOCK):
            if replaced:
                replaced.remove()
            address = replaced.address if replaced else network.free_address(self.engine.subnet, self._addresses())
            container = containers.create(
                self.engine,
                name=name,
                image=image,
                init=KINDS[kind].init,
                address=address,
                names=names,
                labels={KIND: kind, owner.LABEL: mark, ADDRESS: address},
            )
        containers.put_file(container, containers.INIT, INIT_SCRIPT.read_bytes(), mode=0o755)
        if settings := pip_settings.of_this_machine():
            containers.put_file(container, "/etc/pip.conf", settings.encode())
        containers.put_file(container, AUTHORITY, self.mirror.ca_certificate.read_bytes())
        return self._as_host(container)

    def _containers(self) -> list[Container]:
        return [host for host in containers.labelled(self.engine, KIND) if containers.HELPER not in host.labels]

    def _addresses(self) -> list[str]:
        return [container.labels[ADDRESS] for container in self._containers()]

    def _as_host(self, container: Container) -> LabHost:
        name = str(container.name)
        labels = container.labels
        folder = self.instance.files / "hosts" / name
        return LabHost(self.engine, name, labels[KIND], labels[ADDRESS], keys.ensure(self.instance), folder)

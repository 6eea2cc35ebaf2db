"""The engine's container behind a lab host: how it is created so that systemd and a Docker run inside it."""

from __future__ import annotations

import io
import re
import tarfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
from docker.types import Mount

from tests.lab import owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from docker.models.containers import Container

    from tests.lab.engine import Engine

INIT = "/usr/local/sbin/lab-init"
DISKS = ("/var/lib/docker", "/var/lib/containerd")
HELPER = "gpufleet.helper"
"""Marks a container that does something for a host: it is made of a host's image, so it has a host's labels too."""
CAP_SYS_RESOURCE = 24  # its number in linux/capability.h


def withheld_capabilities(bounding_set: int) -> list[str]:
    """What a host can't get because this machine lacks it: some virtual machines have no CAP_SYS_RESOURCE.

    Args:
        bounding_set: the bits of CapBnd in /proc/self/status.
    """
    return [] if bounding_set >> CAP_SYS_RESOURCE & 1 else ["SYS_RESOURCE"]


def name_servers(resolv_conf: str) -> list[str]:
    """The IPv4 name servers that a container can ask too, not those on the machine's loopback."""
    found = re.findall(r"^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$", resolv_conf, flags=re.MULTILINE)
    return [address for address in found if not address.startswith("127.")]


def create(
    engine: Engine,
    *,
    name: str,
    image: str,
    init: str,
    address: str,
    names: Mapping[str, str],
    labels: Mapping[str, str],
) -> Container:
    """Create (not start) the container of a lab host.

    Args:
        engine: the lab's engine.
        name: name of the container, and its host name.
        image: image to run.
        init: `systemd` or `plain`.
        address: its fixed IPv4 address in the lab's network.
        names: host names to resolve inside it, with their addresses.
        labels: marks of the lab, its owner's among them.
    """
    api = engine.client.api
    host_config: Any = api.create_host_config(
        cap_add=["ALL"],
        cap_drop=withheld_capabilities(_bounding_set()),
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        tmpfs={"/run": "exec,mode=755", "/run/lock": ""},
        mounts=[
            Mount(disk, disk_name(name, disk), type="volume", labels={owner.LABEL: labels[owner.LABEL]})
            for disk in DISKS
        ],
        device_cgroup_rules=["a *:* rwm"],
        extra_hosts=dict(names),
        init=False,
    )
    # The SDK has no names for these; empty lists are what `--security-opt systempaths=unconfined` sends.
    host_config |= {"CgroupnsMode": "private", "MaskedPaths": [], "ReadonlyPaths": []}
    endpoint = api.create_endpoint_config(ipv4_address=address)
    created = api.create_container(
        image,
        command=[INIT, init],
        hostname=name,
        name=name,
        environment={"container": "docker", "LAB_NAMESERVERS": " ".join(_machine_name_servers())},
        host_config=host_config,
        networking_config={"EndpointsConfig": {engine.network: endpoint}},
        stop_signal="SIGRTMIN+3" if init == "systemd" else "SIGTERM",
        labels=dict(labels),
    )
    return engine.client.containers.get(created["Id"])


def disk_name(host: str, path: str) -> str:
    """Name of the volume that holds a host's disk."""
    return f"{host}{path.replace('/', '-')}"


def remove_disks(engine: Engine, host: str) -> None:
    """Remove a host's disks, those that are there: whoever was killed at it may have removed some."""
    for disk in DISKS:
        with suppress(docker.errors.NotFound):
            engine.client.api.remove_volume(disk_name(host, disk), force=True)


def remove_disks_of(engine: Engine, wanted: Callable[[str], bool]) -> None:
    """Remove disks by the marks of their owners; no container may use them any more."""
    for disk in engine.client.volumes.list(filters={"label": owner.LABEL}):
        if wanted(disk.attrs["Labels"][owner.LABEL]):
            engine.client.api.remove_volume(disk.name, force=True)


def remove_helpers(engine: Engine, wanted: Callable[[str], bool]) -> None:
    """Remove helpers' containers by the marks of their owners."""
    for helper in labelled(engine, HELPER):
        if wanted(helper.labels[owner.LABEL]):
            helper.remove(force=True)


def labelled(engine: Engine, label: str) -> list[Container]:
    """The containers that carry a label, running or not; one may go away while they are listed."""
    return list(engine.client.containers.list(all=True, filters={"label": label}, ignore_removed=True))


def helper_labels() -> dict[str, str]:
    """The labels that tell a helper's container from a host, and whose it is."""
    return {HELPER: "", owner.LABEL: owner.this_process()}


def _machine_name_servers() -> list[str]:
    for path in (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf")):
        found = name_servers(path.read_text()) if path.exists() else []
        if found:
            return found
    return []


def _bounding_set() -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"^CapBnd:\s*(\w+)", status, flags=re.MULTILINE)[0], 16)


def has_file(container: Container, path: str) -> bool:
    """Whether a path exists in a container, which need not run."""
    try:
        stream, _ = container.get_archive(path)
    except docker.errors.NotFound:
        return False
    for _ in stream:  # read to its end, or the connection is lost to the client
        pass
    return True


def put_file(container: Container, path: str, content: bytes, mode: int = 0o644) -> None:
    """Write a file of root's into a container, which need not run."""
    target = Path(path)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo(target.name)
        member.size, member.mode, member.mtime = len(content), mode, int(time.time())
        archive.addfile(member, io.BytesIO(content))
    if not container.put_archive(str(target.parent), packed.getvalue()):
        raise RuntimeError(f"{container.name}: {path} could not be written")

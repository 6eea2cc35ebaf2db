"""What a host is, as plain data: what roles decide on, with no way to read it and no rule in it.

`gpufleet.facts.platform.PlatformFacts` reads a `Platform` from a host; the modules beside this one parse what it read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

DockerFamily = Literal["docker", "distribution", "other"]
"""Docker's own packages, the distribution's, or a dockerd that belongs to neither."""
DOCKER_FAMILIES: dict[str, DockerFamily] = {"docker-ce": "docker", "docker.io": "distribution"}
"""Whose Docker it is, by the package that holds dockerd; every other package is of the family `other`."""


class RootAccess(StrEnum):
    """How the user who ran the reading script can become root."""

    ROOT = "root"
    """It is root already."""
    SUDO = "sudo"
    """`sudo` works without a password."""
    PASSWORD = "password"  # noqa: S105 - the name of a state
    """`sudo` asks for a password. Whether the user may use sudo at all only shows once a right one is given."""
    DENIED = "denied"
    """`sudo` says that this user may not use it."""
    UNUSABLE = "unusable"
    """`sudo` is there and fails for another reason (its message is in `Access.sudo_message`)."""
    MISSING = "missing"
    """There is no `sudo`."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who reads, and how that user becomes root.

    Attributes:
        uid: user id of the reading process: 0 where the script was run through sudo.
        user: name of that user.
        root_access: what is there to become root.
        gid: id of that user's own group; None where it was not told.
        home: that user's home folder, empty where it was not told.
        administrator: the user is in one of the groups that distributions let use sudo (sudo, admin, wheel).
        sudo_message: what `sudo -n true` said, when it failed.
    """

    uid: int
    user: str
    root_access: RootAccess
    gid: int | None = None
    home: str = ""
    administrator: bool = False
    sudo_message: str | None = None

    @property
    def ids_inside(self) -> tuple[int, int]:
        """User and group id inside containers, so that files there are this user's: its own, 1000:1000 for root."""
        if self.uid <= 0:
            return 1000, 1000
        return self.uid, self.uid if self.gid is None else self.gid


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """One GPU as `nvidia-smi` names it.

    Attributes:
        name: the product, like `NVIDIA H100 80GB HBM3`.
        uuid: like `GPU-5d5ba0d6-…`, the same inside and outside a container.
        driver_version: version of the driver that serves it, like `580.159.04` (on WSL the Windows driver's).
        compute_capability: like `9.0`; None from a driver too old to tell.
    """

    name: str
    uuid: str
    driver_version: str
    compute_capability: str | None = None


@dataclass(frozen=True, kw_only=True)
class Docker:
    """The Docker that is on a host before anything is done.

    Attributes:
        dockerd: path of the daemon's program; None where only Docker Desktop, a snap or a rootless one is there.
        client: path of the `docker` program, symbolic links followed; None without one.
        package: the package that `dockerd` belongs to; None when no package does.
        version: that package's version, in Debian's form.
        family: whose it is.
        daemon_version: version that the running system daemon answers; None when none answers, it may not be asked, or
            a package tells enough.
        desktop: the `docker` here is the one that Docker Desktop puts into a WSL distribution.
        snap: Docker's snap is installed.
        rootless: a rootless daemon runs for some user.
    """

    dockerd: str | None = None
    client: str | None = None
    package: str | None = None
    version: str | None = None
    family: DockerFamily = "other"
    daemon_version: str | None = None
    desktop: bool = False
    snap: bool = False
    rootless: bool = False


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What a host is.

    Attributes:
        distribution: `ID` of os-release: `debian`, `ubuntu`, …
        version: `VERSION_ID`: `13`, `24.04`; empty where os-release has none (Debian testing).
        codename: `VERSION_CODENAME`: `trixie`, `noble`; empty where there is none.
        architecture: as dpkg names it (`amd64`), or as the kernel does (`x86_64`) on a host without dpkg.
        apt: apt-get is there.
        wsl: 1 or 2 inside the Windows Subsystem for Linux, None elsewhere.
        systemd: systemd is running as PID 1.
        access: who reads, and how that user becomes root.
        docker: the Docker that is there, None without one.
        running_containers: containers that the system daemon runs; None when it does not answer, may not be asked, or
            was not asked (`PlatformFacts(neighbours=True)`).
        containerd_users: what uses containerd beside Docker, in words for a person: `kubelet`, `k3s`,
            `containerd namespace k8s.io (3 containers)`; namespaces only where they were asked for, as above.
        gpus: in the order of `nvidia-smi`; empty without one.
        nvidia_smi: the `nvidia-smi` that was asked, None where there is none.
        gpu_error: why `nvidia-smi` is there and no GPU could be read, in its own words where it had any.
        nvidia_devices: NVIDIA display devices on the PCI bus, whether or not a driver serves them (0 on WSL).
        driver_packages: installed packages that hold a Linux driver of NVIDIA's or its libraries.
        foreign_libcuda: inside WSL, the `libcuda.so.1` that the linker finds first when it is not Windows' own.
        docker_root: Docker's data root, declared or by default.
        docker_root_free_bytes: free on the file system that holds it, in bytes, what is reserved for root left out;
            None when it could not be read.
        kept_running: inside WSL, a user's .wslconfig says that Windows is not to stop idle distributions.
        systemd_on: /etc/wsl.conf, which counts inside WSL only, switches systemd on; only Windows can then start it.
        gpu_device: inside WSL, Windows gives this distribution its graphics device, /dev/dxg.
    """

    distribution: str
    version: str
    codename: str
    architecture: str
    apt: bool
    wsl: Literal[1, 2] | None
    systemd: bool
    access: Access
    docker: Docker | None = None
    running_containers: int | None = None
    containerd_users: tuple[str, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    nvidia_smi: str | None = None
    gpu_error: str | None = None
    nvidia_devices: int = 0
    driver_packages: tuple[str, ...] = ()
    foreign_libcuda: str | None = None
    docker_root: str = "/var/lib/docker"
    docker_root_free_bytes: int | None = None
    kept_running: bool = False
    systemd_on: bool = False
    gpu_device: bool = True

    @property
    def desktop(self) -> bool:
        """Docker Desktop serves this WSL distribution: its daemon, settings and GPU support are Windows' business."""
        return self.docker is not None and self.docker.desktop

"""From settings to the containers that a host is to have. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gpufleet.containers.model import NVIDIA_CDI, Container, Environment, GpuRequest, Mount, parse_size
from gpufleet.settings import load
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings
from roles.sandbox.container import WORKSPACE
from roles.sandbox.editor import vscode_files
from roles.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.containers.model import Way
    from gpufleet.platform import Access, Platform
    from roles.sandbox.container import Sandbox

IDLE = (("sleep",), ("infinity",))
"""Entry point and command of a sandbox in which nothing is declared to run. Docker's init, in front of it, hands
SIGTERM on, which ends it at once."""


@dataclass(frozen=True)
class Wanted:
    """One sandbox of a host, with nothing left open.

    Attributes:
        name: of the sandbox and its container.
        container: what it is.
        workspace: folder on the host.
        owner: user and group who are to write to it.
        home: of the user who connects.
        pull: its image may be fetched.
        offered: files that its workspace offers until somebody edits them, by their names in it.
    """

    name: str
    container: Container
    workspace: str
    owner: tuple[int, int]
    home: str
    pull: bool
    offered: Mapping[str, str] = field(default_factory=dict)


def requested(sandbox: Sandbox, platform: PlatformSettings) -> tuple[str, ...]:
    """The GPUs that a sandbox asks for: none, `all`, or indices and names.

    Args:
        sandbox: what is declared of it.
        platform: what is declared of the host.
    """
    gpus = sandbox.gpus if sandbox.gpus is not None else "none" if platform.gpu == "none" else "all"
    if isinstance(gpus, str):
        return () if gpus == "none" else (gpus,)
    return tuple(sorted(set(gpus)))


def waits(sandbox: Sandbox, declared: PlatformSettings, platform: Platform) -> bool:
    """Whether a sandbox asks for GPUs on a host that shows none; it is then neither made nor changed."""
    return bool(requested(sandbox, declared)) and not platform.gpus


def full_name(device: str, uuids: Sequence[str]) -> str:
    """A GPU by its whole UUID where the beginning of one is given, which CDI does not know."""
    prefix = NVIDIA_CDI if device.startswith(NVIDIA_CDI) else ""
    begin = device.removeprefix(prefix)
    named = [uuid for uuid in uuids if begin.startswith("GPU-") and uuid.startswith(begin)]
    return prefix + named[0] if len(named) == 1 else device


def way_to_gpus(sandbox: Sandbox, settings: SandboxSettings, *, desktop: bool = False) -> Way:
    """How a sandbox asks for GPUs. What is said nowhere is `--gpus` with Docker Desktop, which promises no other way.

    Args:
        sandbox: what is declared of it.
        settings: what is declared of all.
        desktop: Docker Desktop serves the host (https://docs.docker.com/desktop/features/gpu/).
    """
    usual = "gpus" if desktop and "gpu_request" not in settings.model_fields_set else settings.gpu_request
    return sandbox.gpu_request or usual


def wanted(
    name: str,
    data: Mapping[str, object],
    image: str,
    access: Access,
    uuids: Sequence[str] = (),
    *,
    desktop: bool = False,
) -> Wanted:
    """One sandbox, with nothing left open.

    Args:
        name: its name.
        data: the host's variables.
        image: what it is made from.
        access: who connects to the host: `~` is that user's home.
        uuids: of the host's GPUs.
        desktop: Docker Desktop serves the host.
    """
    settings, declared, cuda = load(SandboxSettings, data), load(PlatformSettings, data), load(CudaImageSettings, data)
    sandbox = settings.containers[name]
    ours = sandbox.image is None or sandbox.image in cuda.more
    workspace = in_home(sandbox.workspace or f"~/{name}", access)
    mounts = [Mount(mount.target, in_home(mount.source, access), mount.writable) for mount in sandbox.parsed_mounts]
    entrypoint, command = (None, tuple(sandbox.command)) if sandbox.command is not None else IDLE
    devices = [full_name(device, uuids) for device in requested(sandbox, declared)]
    container = Container(
        image=image,
        mounts=tuple(sorted([Mount(WORKSPACE, workspace), *mounts])),
        shm_bytes=parse_size(sandbox.shm_size),
        gpus=_request(sandbox, way_to_gpus(sandbox, settings, desktop=desktop), devices),
        user=sandbox.user,
        environment=Environment(sandbox.environment),
        ports=tuple(sorted(sandbox.parsed_ports)),
        restart=sandbox.restart_policy,
        entrypoint=entrypoint,
        command=command,
        init=True,
        tty=True,
    )
    return Wanted(
        name,
        container,
        workspace,
        _owner(sandbox, cuda.image(sandbox.image) if ours else None, access),
        home(access),
        pull=not ours,
        offered=vscode_files(own_image=not ours) if sandbox.vscode else {},
    )


def _request(sandbox: Sandbox, way: Way, devices: Sequence[str]) -> tuple[GpuRequest, ...]:
    if not devices:
        return ()
    capabilities = () if way == "cdi" else tuple(sorted(set(sandbox.driver_capabilities)))
    return (GpuRequest(way, tuple(sorted({device.removeprefix(_prefix(way)) for device in devices})), capabilities),)


def _prefix(way: str) -> str:
    """With CDI `nvidia.com/gpu=all` and `all` are the same; the runtime treats the two in different ways."""
    return NVIDIA_CDI if way == "cdi" else ""


def _owner(sandbox: Sandbox, image: CudaImageSettings | None, access: Access) -> tuple[int, int]:
    """The declared user where it has a number, else the image's, else who connects; `image` is one of role cuda_image.

    Root inside can write whoever owns the folder; the folder is then still the connecting user's.
    """
    uid, _, gid = (sandbox.user or "").partition(":")
    if uid.isdecimal() and int(uid):
        return int(uid), int(gid) if gid.isdecimal() else int(uid)
    return access.ids_inside if image is None or sandbox.user else image.ids(access)


def in_home(path: str, access: Access) -> str:
    """A path on the host whose `~`, where it begins with one, is the home of who connects."""
    return f"{home(access)}{path[1:]}" if path.startswith("~") else path


def home(access: Access) -> str:
    """Home of a user; where the host does not tell, what is customary."""
    usual = "/root" if access.uid == 0 else f"/home/{access.user}"
    return (access.home or usual).rstrip("/")

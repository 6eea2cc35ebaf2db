"""Sandboxes for those who work in them, and jobs made of what is declared of a sandbox. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gpufleet.containers.model import Mount
from gpufleet.daily.declared import Job
from gpufleet.images.named import ImageOfHost
from gpufleet.settings import load
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings
from roles.sandbox.container import WORKSPACE, Sandbox
from roles.sandbox.parsing import host_path, parse_mount
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.verdict import refusals
from roles.sandbox.wanted import in_home, requested, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.daily.declared import Data, Seen, Wish
    from gpufleet.platform import Access

BARE = "job"
"""What a job is called where no sandbox is declared that it could be like."""


def sandboxes(data: Data) -> dict[str, str | None]:
    """The declared sandboxes of a host, in their order, each with the image that it names."""
    return {name: each.image for name, each in load(SandboxSettings, data).containers.items()}


def workspace(data: Data, name: str, access: Access) -> str:
    """Folder on the host that shows as /app in a sandbox.

    Args:
        data: the host's variables.
        name: of the sandbox.
        access: who connects.
    """
    return wanted(name, data, "any", access).workspace


def job(data: Data, seen: Seen, wish: Wish, images: Mapping[str | None, ImageOfHost]) -> Job:
    """A job that has what is declared of a sandbox, and what is wished in its place.

    It publishes no ports, as the sandbox itself has them. In an image of others that the command line names it is the
    user who connects, who writes to the mounted folders; in a declared one that image's own user or the sandbox's.

    Args:
        data: the host's variables.
        seen: the host.
        wish: what is wished.
        images: those of role cuda_image.

    Raises:
        ValueError: it cannot be had; the message says why.
    """
    name, fields = wish.sandbox or BARE, _fields(data, wish, seen)
    changed = {**data, "sandbox_containers": {name: fields}}
    sandbox = load(SandboxSettings, changed).containers[name]
    made_from, why = images.get(sandbox.image, ImageOfHost(sandbox.image, ""))
    if made_from is None:
        raise ValueError("no image is declared for this host" + (f" ({why})" if why else ""))
    _check(changed, sandbox, seen)
    uuids, desktop = [gpu.uuid for gpu in seen.platform.gpus], seen.platform.desktop
    found = wanted(name, changed, made_from, seen.access, uuids, desktop=desktop)
    mounts = found.container.mounts
    if wish.workspace is not None:
        mounts = _with_workspace(mounts, wish.workspace, seen.access)
    container = replace(
        found.container,
        mounts=mounts,
        ports=(),
        restart="no",
        entrypoint=None,
        command=wish.command,
        tty=wish.terminal,
    )
    return Job(container, pull=found.pull)


def _fields(data: Data, wish: Wish, seen: Seen) -> dict[str, Any]:
    """What is declared of the sandbox and what is wished, as the settings take it."""
    declared = load(SandboxSettings, data).containers.get(wish.sandbox or BARE, Sandbox())
    fields: dict[str, Any] = declared.model_dump(exclude_unset=True)
    own = {parse_mount(text).target for text in wish.mounts}
    fields["mounts"] = [text for text in declared.mounts if parse_mount(text).target not in own] + [*wish.mounts]
    fields["environment"] = {**declared.environment, **dict(wish.environment)}
    if wish.gpus is not None:
        fields["gpus"] = wish.gpus if wish.gpus in {"all", "none"} else wish.gpus.split(",")
    if wish.image is not None and wish.image not in load(CudaImageSettings, data).more:
        fields["user"] = "{}:{}".format(*seen.access.ids_inside)
    given = {"image": wish.image, "shm_size": wish.shm_size, "user": wish.user}
    fields |= {name: value for name, value in given.items() if value is not None}
    return fields


def _check(data: Data, sandbox: Sandbox, seen: Seen) -> None:
    """Refuse what the role would refuse, and GPUs on a host that shows none."""
    for each in refusals(seen.platform, data):
        raise ValueError(f"{each.observed}: expected {each.expected}. {each.remedy}")
    if requested(sandbox, load(PlatformSettings, data)) and not seen.platform.gpus:
        why = f" ({seen.platform.gpu_error})" if seen.platform.gpu_error else ""
        raise ValueError(f"no GPU is seen{why}: --gpus none runs it without")


def _with_workspace(mounts: tuple[Mount, ...], folder: str, access: Access) -> tuple[Mount, ...]:
    try:
        path = in_home(host_path(folder), access)
    except ValueError as error:
        raise ValueError(f"--workspace {error}") from None
    return tuple(sorted([*(mount for mount in mounts if mount.target != WORKSPACE), Mount(WORKSPACE, path)]))

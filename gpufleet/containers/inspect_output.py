"""From what `docker inspect` says to a container, and to what else is known of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gpufleet.containers.inspected import Image, Observed
from gpufleet.containers.liberties import liberties
from gpufleet.containers.model import NVIDIA_CDI, Container, GpuRequest, Mount, Port

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NEVER = "0001-01-01T00:00:00Z"
"""When a container that was never started was started."""
DEFAULT_CAPABILITIES = ("compute", "utility")
"""What the runtime brings in where no variable says (nvidia-container-toolkit, `DefaultDriverCapabilities`)."""


def observed(
    raw: Mapping[str, Any], variables: Mapping[str, str], digests: Mapping[str, str], deleted: Iterable[str] = ()
) -> Observed:
    """A container of a host.

    Args:
        raw: one element of the array that `docker inspect` prints for containers.
        variables: those of its variables that NVIDIA's runtime reads.
        digests: of other variables.
        deleted: places of mounts of what is no longer there on the host.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    state, config = raw["State"], raw["Config"]
    return Observed(
        id=raw["Id"],
        name=raw["Name"].removeprefix("/"),
        container=_container(raw, variables),
        image_id=raw["Image"],
        labels=config.get("Labels") or {},
        digests=digests,
        status=state["Status"],
        started=state["StartedAt"] != NEVER,
        created_at=_time(raw.get("Created")),
        finished_at=_time(state.get("FinishedAt")),
        execs=len(raw.get("ExecIDs") or []),
        error=state.get("Error") or "",
        volumes=tuple(sorted(_volumes(raw.get("Mounts") or []))),
        deleted=frozenset(deleted),
        liberties=tuple(liberties(raw["HostConfig"])),
    )


def image(raw: Mapping[str, Any]) -> Image:
    """What `docker image inspect` shows: `Id` and, of `Config`, `User` and `Labels`."""
    config = raw.get("Config") or {}
    return Image(id=raw["Id"], user=config.get("User") or "", labels=config.get("Labels") or {})


def _time(text: str | None) -> float | None:
    """Docker's time as seconds since the epoch; None for what never was."""
    return None if not text or text == NEVER else datetime.fromisoformat(text).timestamp()


def _container(raw: Mapping[str, Any], variables: Mapping[str, str]) -> Container:
    config, host = raw["Config"], raw["HostConfig"]
    entrypoint = config.get("Entrypoint")
    return Container(
        image=config["Image"],
        mounts=tuple(sorted(_mounts(raw.get("Mounts") or []))),
        shm_bytes=host.get("ShmSize") or 0,
        gpus=tuple(sorted(_gpus(host, variables))),
        user=config.get("User") or "",
        ports=tuple(sorted(_ports(host.get("PortBindings") or {}))),
        restart=(host.get("RestartPolicy") or {}).get("Name") or "no",
        entrypoint=None if entrypoint is None else tuple(entrypoint),
        command=tuple(config.get("Cmd") or ()),
        init=host.get("Init") is True,
        tty=config.get("Tty") is True,
    )


def _mounts(mounts: list[Mapping[str, Any]]) -> Iterator[Mount]:
    for mount in mounts:
        if not _nameless(mount):
            source = mount.get("Name") if mount["Type"] == "volume" else mount.get("Source")
            yield Mount(mount["Destination"], source or mount["Type"], writable=mount.get("RW") is True)


def _volumes(mounts: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    return ((mount["Destination"], mount["Name"]) for mount in mounts if _nameless(mount))


def _nameless(mount: Mapping[str, Any]) -> bool:
    """Of the volumes that Docker makes for an image's VOLUME lines."""
    return mount["Type"] == "volume" and len(mount.get("Name", "")) == 64  # noqa: PLR2004 - an id of Docker's


def _ports(bindings: Mapping[str, list[Mapping[str, str]] | None]) -> Iterator[Port]:
    for inside, outsides in bindings.items():
        number, _, protocol = inside.partition("/")
        for outside in outsides or ():
            address = outside.get("HostIp", "")
            yield Port(int(number), int(outside.get("HostPort") or 0), address, protocol or "tcp")


def _gpus(host: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[GpuRequest]:
    devices = environment.get("NVIDIA_VISIBLE_DEVICES", "")
    if host.get("Runtime") == "nvidia" and devices not in {"", "void", "none"}:
        capabilities = environment.get("NVIDIA_DRIVER_CAPABILITIES") or ",".join(DEFAULT_CAPABILITIES)
        yield GpuRequest("runtime", _names(devices.split(",")), _names(capabilities.split(",")))
    for request in host.get("DeviceRequests") or []:
        names = request.get("DeviceIDs") or []
        if request.get("Driver") == "cdi":
            yield GpuRequest("cdi", _names([name.removeprefix(NVIDIA_CDI) for name in names]))
        else:
            wanted = {word for group in request.get("Capabilities") or [] for word in group} - {"gpu"}
            count = request.get("Count") or 0
            shown = names or ["all" if count == -1 else f"any {count}"]
            yield GpuRequest("gpus", _names(shown), _names(wanted or DEFAULT_CAPABILITIES))


def _names(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word.strip() for word in words if word.strip()}))

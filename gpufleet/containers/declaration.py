"""The hash of a declaration, and the arguments of `docker create` that make a container of it."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING

from gpufleet.containers.model import DECLARATION_LABEL, NVIDIA_CDI, SANDBOX_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gpufleet.containers.model import Container, GpuRequest, Mount

FORMAT = 1
"""Of what is hashed: another one makes every container another declaration."""


def declaration_hash(container: Container) -> str:
    """A hash of everything that is declared about a container, its variables' values included."""
    return sha256(json.dumps([FORMAT, asdict(container)], sort_keys=True).encode()).hexdigest()[:32]


def create_arguments(name: str, container: Container, volumes: Sequence[tuple[str, str]] = ()) -> list[str]:
    """What follows `docker create`; the environment is read from standard input, where no list of processes shows it.

    The runtime is always named: where the daemon's default is NVIDIA's, a container that asks in another way, or for
    no GPU at all, would get GPUs through that.

    Args:
        name: of the container, and of the sandbox.
        container: what is wanted.
        volumes: path inside and id of nameless volumes that are handed over to it.
    """
    return [
        *("--name", name, "--pull", "never"),
        *("--label", f"{SANDBOX_LABEL}={name}", "--label", f"{DECLARATION_LABEL}={declaration_hash(container)}"),
        *("--restart", container.restart, "--env-file", "/dev/stdin"),
        *_options("--mount", (_csv(["type=volume", f"source={id_}", f"target={path}"]) for path, id_ in volumes)),
        *_common(container),
    ]


def run_arguments(container: Container, *, label: str, pull: bool) -> list[str]:
    """What follows `docker run` for a container that is removed when it ends; its environment is not among it.

    Args:
        container: what is wanted; it restarts never.
        label: with its value.
        pull: its image may be fetched where it is not there.
    """
    return [
        *("--rm", "--interactive", "--label", label, "--pull", "missing" if pull else "never"),
        *_options("--env", iter(gpu_lines(container))),
        *_common(container),
    ]


def _common(container: Container) -> list[str]:
    """What declares a container, up to its command."""
    first, *rest = container.entrypoint or ("",)
    return [
        *(["--init"] if container.init else []),
        *(["--tty"] if container.tty else []),
        *("--shm-size", str(container.shm_bytes)),
        *("--runtime", "nvidia" if any(request.way == "runtime" for request in container.gpus) else "runc"),
        *_options("--mount", map(_mount, container.mounts)),
        *_options("--publish", map(str, container.ports)),
        *([f"--user={container.user}"] if container.user is not None else []),
        *(word for request in container.gpus for word in _gpus(request)),
        *(["--entrypoint", first] if container.entrypoint is not None else []),
        container.image,
        *rest,
        *container.command,
    ]


def environment_lines(container: Container) -> list[str]:
    """The environment file that `docker create` reads: the declared variables, and those of the GPU request."""
    lines = [f"{name}={value}" for name, value in container.environment.items()]
    return sorted([*lines, *gpu_lines(container)])


def gpu_lines(container: Container) -> list[str]:
    """The variables by which a container asks NVIDIA's runtime for GPUs."""
    variables = {}
    for request in container.gpus:
        if request.way == "runtime":
            variables["NVIDIA_VISIBLE_DEVICES"] = ",".join(request.devices)
            variables["NVIDIA_DRIVER_CAPABILITIES"] = ",".join(request.capabilities)
    return [f"{name}={value}" for name, value in sorted(variables.items())]


def _options(flag: str, values: Iterator[str]) -> list[str]:
    return [word for value in values for word in (flag, value)]


def _mount(mount: Mount) -> str:
    """As `--mount` has it, which refuses a source that is not there; `--volume` would make a folder of root's."""
    parts = ["type=bind", f"source={mount.source}", f"target={mount.target}", *([] if mount.writable else ["readonly"])]
    return _csv(parts)


def _gpus(request: GpuRequest) -> list[str]:
    if request.way == "cdi":
        names = [device if "=" in device else f"{NVIDIA_CDI}{device}" for device in request.devices]
        return [f"--device={name}" for name in names]
    if request.way == "gpus":
        what = "all" if request.devices == ("all",) else f"device={','.join(request.devices)}"
        return ["--gpus", _csv([what, f"capabilities={','.join(request.capabilities)}"])]
    return []


def _csv(fields: list[str]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="").writerow(fields)
    return text.getvalue()

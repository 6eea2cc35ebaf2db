"""Whose work runs on a host: a trial restarts Docker and keeps the GPU busy, which is nothing for a host with jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.containers.model import SANDBOX_LABEL

if TYPE_CHECKING:
    from tests.gpu.host import Host

CONTAINERS = (
    "[ ! -S /run/docker.sock ] || ! docker version >/dev/null 2>&1 || "
    f"docker ps --format '{{{{.Label \"{SANDBOX_LABEL}\"}}}}|{{{{.Names}}}}'"
)
"""Running containers, each behind the name of the sandbox that it is."""
AT_THE_GPU = (
    "PATH=$PATH:/usr/local/nvidia/bin:/usr/lib/wsl/lib; ! command -v nvidia-smi >/dev/null || "
    "nvidia-smi --query-compute-apps=pid,process_name --format=csv,noheader"
)


def objections(containers: str, at_the_gpu: str) -> list[str]:
    """What speaks against a trial on a host. Pure.

    Args:
        containers: what `CONTAINERS` prints.
        at_the_gpu: what nvidia-smi lists of processes that compute.
    """
    foreign = [name for label, _, name in (line.partition("|") for line in containers.splitlines()) if not label]
    words = [f"containers that are not gpufleet's run there: {', '.join(sorted(foreign))}"] if foreign else []
    busy = [line.strip() for line in at_the_gpu.splitlines() if line.strip()[:1].isdigit()]
    return words + ([f"processes compute on its GPUs: {'; '.join(busy)}"] if busy else [])


def against(host: Host) -> list[str]:
    """What speaks against a trial on a host.

    Args:
        host: connected to; nothing on it is changed, and a Docker that was stopped is not started.
    """
    return objections(host.tell(CONTAINERS), host.ask(AT_THE_GPU)[1])

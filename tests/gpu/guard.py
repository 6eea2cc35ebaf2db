"""Whose work runs on a host: a trial restarts Docker and keeps the GPU busy, which is nothing for a host with jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.containers.model import SANDBOX_LABEL

if TYPE_CHECKING:
    from tests.gpu.host import Host

CONTAINERS = (
    'names=$(for file in /proc/[0-9]*/comm; do { read -r name <"$file" && echo "$name"; } 2>/dev/null; done); '
    'case "$names" in '
    f"*dockerd*) timeout 30 docker ps --format '{{{{.Label \"{SANDBOX_LABEL}\"}}}}|{{{{.Names}}}}' ;; "
    "*containerd-shim*) echo 'containers run, and no dockerd that could say whose'; exit 1 ;; "
    "esac"
)
"""Running containers, each behind the name of the sandbox that it is. It fails where they run and cannot be told."""
AT_THE_GPU = (
    "PATH=$PATH:/usr/local/nvidia/bin:/usr/lib/wsl/lib; ! command -v nvidia-smi >/dev/null || "
    "timeout 60 nvidia-smi --query-compute-apps=pid,process_name --format=csv,noheader"
)
"""Processes that compute, a line each. It fails where the driver does not answer."""
IDLE = {"", "No running processes found"}


def objections(containers: tuple[int, str], at_the_gpu: tuple[int, str]) -> list[str]:
    """What speaks against a trial on a host; not to know what runs there speaks against it, too. Pure.

    Args:
        containers: exit code of `CONTAINERS`, and what it prints.
        at_the_gpu: likewise of `AT_THE_GPU`.
    """
    return [*_containers(*containers), *_processes(*at_the_gpu)]


def against(host: Host) -> list[str]:
    """What speaks against a trial on a host.

    Args:
        host: connected to; nothing on it is changed, and a Docker that was stopped is not started.
    """
    return objections(host.ask(CONTAINERS), host.ask(AT_THE_GPU))


def _containers(code: int, said: str) -> list[str]:
    if code:
        return [f"it is not known which containers run there: {_short(said, code)}"]
    lines = (line.partition("|") for line in said.splitlines())
    foreign = sorted(name or label for label, bar, name in lines if not (label and bar))
    return [f"containers that are not gpufleet's run there: {', '.join(foreign)}"] if foreign else []


def _processes(code: int, said: str) -> list[str]:
    lines = [line.strip() for line in said.splitlines() if line.strip() not in IDLE]
    if code or any(not line[:1].isdigit() for line in lines):
        return [f"it is not known what computes on its GPUs: {_short(said, code)}"]
    return [f"processes compute on its GPUs: {'; '.join(lines)}"] if lines else []


def _short(said: str, code: int) -> str:
    return " ".join(said.split())[:300] or f"exit code {code}"

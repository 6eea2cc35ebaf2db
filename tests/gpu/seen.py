"""What a host is, for the head of the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.gpu.host import Host

QUESTIONS = {
    "distribution": ". /etc/os-release; echo $PRETTY_NAME",
    "kernel": "uname -sr",
    "machine": "uname -m",
    "cores": "nproc",
    "memory_kib": "sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo",
    "init": "cat /proc/1/comm",
    "docker": "docker version --format '{{.Server.Version}}'",
    "containerd": "containerd --version",
    "runc": "runc --version | head -n 1",
    "nvidia_ctk": "nvidia-ctk --version",
    "packages": "dpkg-query -W -f '${Package} ${Version}\\n' docker.io docker-ce docker-cli docker-ce-cli containerd "
    "containerd.io runc iptables nvidia-container-toolkit nvidia-container-toolkit-base libnvidia-container-tools "
    "libnvidia-container1 2>/dev/null | grep ' .'",
}
GPUS = "PATH=$PATH:/usr/local/nvidia/bin:/usr/lib/wsl/lib; nvidia-smi --format=csv,noheader --query-gpu="
ALWAYS = {"uuid": "uuid", "name": "name", "driver_version": "driver", "memory.total": "memory"}
FIELDS = {
    **ALWAYS,
    "compute_cap": "compute_capability",
    "clocks.max.sm": "max_sm_clock",
    "clocks.max.memory": "max_memory_clock",
}
"""What nvidia-smi is asked, and what it is called in the document; drivers differ in what else they know."""


def host(asked: Host) -> dict[str, Any]:
    """What a host is: system, versions, GPUs. What is not there is left out.

    Args:
        asked: connected to.
    """
    answers = {name: asked.ask(f"{{ {question}; }} 2>/dev/null") for name, question in QUESTIONS.items()}
    found: dict[str, Any] = {name: said for name, (code, said) in answers.items() if code == 0 and said}
    return found | {"gpus": next(filter(None, (_gpus(asked, fields) for fields in (FIELDS, ALWAYS))), [])}


def _gpus(asked: Host, fields: Mapping[str, str]) -> list[dict[str, str]]:
    code, said = asked.ask(GPUS + ",".join(fields))
    return gpus(said, fields.values()) if code == 0 else []


def gpus(said: str, names: Iterable[str]) -> list[dict[str, str]]:
    """The GPUs in what nvidia-smi prints, a line each. Pure.

    Args:
        said: values between commas.
        names: of the values.
    """
    return [
        dict(zip(names, (word.strip() for word in line.split(",")), strict=True)) for line in said.splitlines() if line
    ]


def uuids(asked: Host) -> set[str]:
    """UUIDs of the host's GPUs, as its own nvidia-smi tells them."""
    return set(in_order(asked))


def in_order(asked: Host) -> list[str]:
    """The same, by the indices of the GPUs."""
    code, said = asked.ask(f"{GPUS}uuid")
    return said.split() if code == 0 else []

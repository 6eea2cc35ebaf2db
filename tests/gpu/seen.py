"""What a host is, for the head of the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
GPUS = (
    "PATH=$PATH:/usr/local/nvidia/bin:/usr/lib/wsl/lib; nvidia-smi --format=csv,noheader "
    "--query-gpu=uuid,name,driver_version,memory.total,compute_cap,clocks.max.sm,clocks.max.memory"
)
FIELDS = ("uuid", "name", "driver", "memory", "compute_capability", "max_sm_clock", "max_memory_clock")


def host(asked: Host) -> dict[str, Any]:
    """What a host is: system, versions, GPUs. What is not there is left out.

    Args:
        asked: connected to.
    """
    answers = {name: asked.ask(f"{{ {question}; }} 2>/dev/null") for name, question in QUESTIONS.items()}
    found: dict[str, Any] = {name: said for name, (code, said) in answers.items() if code == 0 and said}
    code, said = asked.ask(GPUS)
    return found | {"gpus": gpus(said) if code == 0 else []}


def gpus(said: str) -> list[dict[str, str]]:
    """The GPUs in what nvidia-smi prints for `GPUS`, a line each. Pure."""
    lines = ([word.strip() for word in line.split(",")] for line in said.splitlines())
    return [dict(zip(FIELDS, words, strict=True)) for words in lines if len(words) == len(FIELDS)]


def uuids(asked: Host) -> set[str]:
    """UUIDs of the host's GPUs, as its own nvidia-smi tells them."""
    code, said = asked.ask(GPUS.partition("--query")[0] + "--query-gpu=uuid")
    return set(said.split()) if code == 0 else set()

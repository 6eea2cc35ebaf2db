"""The end of `make demo`: what was done, what it rests on, how to look around."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from tests.lab.instance import CHECKOUT
from tests.lab.mirror import VENDOR_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.demo import Record
    from tests.lab.host import LabHost

LABEL_WIDTH = 13
STAND_IN = "stand-in"
PACKAGES = (
    "dpkg-query -W -f '${Package} ${Version} (${binary:Summary})\\n' 'docker*' containerd.io '*nvidia-container*' "
    "2>/dev/null"
)
IMAGES = "docker images --filter label=gpufleet.image --format '{{.Repository}}:{{.Tag}}, {{.Size}}'"
SANDBOXES = "docker ps --all --filter label=gpufleet.sandbox --format '{{.Names}}: {{.Status}}'"
GPUS_INSIDE = "docker exec {name} nvidia-smi -L"


def render(host: LabHost, inventory: Path, record: Record) -> str:
    """The summary as text."""
    lines = [
        "",
        "=" * 100,
        *_labelled("Host", [_described(host)]),
        *_labelled("Applied", applied(record)),
        *_labelled("Docker", [_docker(host)]),
        *_labelled("Image", _lines(host, IMAGES)),
        *_labelled("Sandbox", _sandboxes(host)),
        *_labelled("Drift", [drift(record.drift)]),
        *_labelled("Verified", [verified(record.verified)]),
        *_labelled("Stand-ins", _stand_ins(host)),
        *_labelled("Not shown", ["a GPU: the one of this host is simulated, and nothing here ran on a real one"]),
        *_labelled("Seconds", [times(record.seconds)]),
        *_labelled("Look around", _ways_in(host, inventory)),
        *_labelled("Go on", ["make demo: again, nothing changes any more", "make demo-down: removes every trace"]),
        "=" * 100,
    ]
    return "\n".join(lines)


def applied(record: Record) -> list[str]:
    """What pyinfra did, in one line and, where something changed, one more for each change."""
    if record.applied:
        return [f"FAILED: pyinfra ended with status {record.applied}, its last lines above say why"]
    changed = [operation.name for operation in record.operations if operation.changed]
    total = f"{len(record.operations)} operations"
    if not changed:
        return [f"{total}, 0 changes: the host was as declared"]
    return [f"{total}, {len(changed)} changed the host:", *(f"  {name}" for name in changed)]


def drift(statuses: list[int]) -> str:
    """What became of the changes by hand, by the exit statuses of check, apply and check."""
    if not statuses:
        return "not tried, because the host was not applied"
    found = ", ".join(f"{verb} {status}" for verb, status in zip(("check", "apply", "check"), statuses, strict=True))
    if statuses == [2, 0, 0]:
        return f"a source edited, a hold lifted, the sandbox stopped: found, mended, in sync again ({found})"
    return f"FAILED: exit codes {found}"


def verified(status: int | None) -> str:
    """What `gpufleet verify` found, by its exit status."""
    if status is None:
        return "not run, because the host was not applied"
    return (
        "yes: no check above failed, the skipped ones say why"
        if status == 0
        else f"FAILED: gpufleet verify ended with status {status}"
    )


def times(seconds: dict[str, float]) -> str:
    """The duration of each step and of all."""
    steps = ", ".join(f"{name} {duration:.1f}" for name, duration in seconds.items())
    return f"{steps}; together {sum(seconds.values()):.1f}"


def _ways_in(host: LabHost, inventory: Path) -> Iterator[str]:
    yield f"{shlex.join(host.ssh_command())} -t docker exec -it python_sandbox bash"
    yield f"inventory: {inventory.relative_to(CHECKOUT)}"


def _described(host: LabHost) -> str:
    name = host.ssh('. /etc/os-release; echo "$PRETTY_NAME"', check=False).stdout.strip()
    return f"{host.name}, {name}, at {host.address}: a container of the lab's own Docker with systemd and sshd"


def _docker(host: LabHost) -> str:
    answer = host.ssh("docker version --format '{{.Server.Version}}'", check=False)
    return f"{answer.stdout.strip()} runs on it" if answer.returncode == 0 else "does not answer"


def _lines(host: LabHost, command: str) -> list[str]:
    """What a command on the host prints, or that it prints nothing."""
    return host.ssh(command, check=False).stdout.splitlines() or ["none"]


def _sandboxes(host: LabHost) -> Iterator[str]:
    """Each sandbox with the GPUs that show inside."""
    for line in _lines(host, SANDBOXES):
        yield line
        yield from (f"  {gpu}" for gpu in _lines(host, GPUS_INSIDE.format(name=line.partition(":")[0])))


def _stand_ins(host: LabHost) -> Iterator[str]:
    """What the lab puts in the vendors' place, said plainly."""
    installed = host.ssh(PACKAGES, check=False).stdout.splitlines()
    yield from (line for line in installed if STAND_IN in line)
    yield f"a mirror in the lab answers for {', '.join(VENDOR_NAMES[:2])} and Docker Hub, with keys of its own;"
    yield "  docker_engine_key_fingerprint and nvidia_container_toolkit_key_fingerprint are therefore the only"
    yield "  settings that differ from production"
    yield "the GPU: a simulated driver answers as nvidia-smi does; kernels are compiled for real and run by Numba's"
    yield "  simulator"
    if "LAB_VENDOR_DEBS" in os.environ:
        yield f"packages in {os.environ['LAB_VENDOR_DEBS']} took the place of stand-ins of the same name"


def _labelled(label: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{'' if number else label:{LABEL_WIDTH}}{line}"

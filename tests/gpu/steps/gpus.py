"""What sandboxes have of the GPUs, however they asked for them, and whether they keep it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from gpufleet.verify.gpu_requests import INJECTED, smi, uuids
from tests.gpu import CHECKOUT, seen
from tests.gpu.record import Check, Findings
from tests.gpu.trial import CDI, PLAIN, RUNTIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.gpu.host import Host
    from tests.gpu.trial import Trial

KERNELS = CHECKOUT / "files" / "gpu" / "kernels.py"
SMI = "/usr/local/nvidia/bin/nvidia-smi"
IDENTITY = f"docker inspect {RUNTIME} {CDI} {PLAIN} --format '{{{{.Id}}}} {{{{.State.Pid}}}} {{{{.State.StartedAt}}}}'"
STOP = """\
pid=$(cat /run/docker.pid) && kill -TERM $pid && for _ in $(seq 150); do
    [ -e /proc/$pid ] || exit 0
    sleep 0.2
done
exit 1"""
"""Ends dockerd where no systemd runs; what starts it again is apply."""


def in_sandboxes(trial: Trial) -> Findings:
    """Each way to ask for GPUs brings the host's own, and kernels are right on them."""
    host, there = trial.host, seen.uuids(trial.host)
    checks = [Check("the host has GPUs", bool(there))]
    figures = {}
    for name in (RUNTIME, CDI):
        found, figures[name] = has_gpus(host, name, f"docker exec -i {name}", there)
        checks += found
    none = f"docker run --rm -i --network=none --runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=none {trial.image()}"
    checks += has_none(host, PLAIN, f"docker exec -i {PLAIN}")
    checks += has_none(host, "NVIDIA_VISIBLE_DEVICES=none", none, driver=True)
    return Findings(checks, figures)


def through_a_restart(trial: Trial) -> Findings:
    """Sandboxes keep their GPUs while dockerd is restarted."""
    host, there = trial.host, seen.uuids(trial.host)
    before, dockerd = host.tell(IDENTITY), host.tell("cat /run/docker.pid")
    figures = _restarted(trial)
    checks = [
        Check("dockerd is another process", host.tell("cat /run/docker.pid") != dockerd),
        Check("the sandboxes are the same processes", host.tell(IDENTITY) == before, host.ask(IDENTITY)[1]),
    ]
    for name in (RUNTIME, CDI):
        checks += has_gpus(host, name, f"docker exec -i {name}", there)[0]
    return Findings(checks, figures)


def kernels(host: Host, into: str) -> dict[str, Any]:
    """What `kernels.py run` answers.

    Args:
        host: where.
        into: a command line that runs a program in some place. It need not hand on our standard input, which ctr never
            ends there.
    """
    return host.answer(shlex.join([*shlex.split(into), "python", "-P", "-c", KERNELS.read_text("utf-8"), "run"]))


def right_on(answer: Mapping[str, Any], there: Iterable[str]) -> bool:
    """Whether kernels came out right on exactly these GPUs, and not in the simulator. Pure."""
    devices = answer.get("devices", [])
    right = all(kernel["right"] for device in devices for kernel in device["kernels"])
    seen_there = {device["uuid"] for device in devices}
    return bool(answer["ok"]) and answer.get("simulated") is False and right and seen_there == set(there)


def has_gpus(
    host: Host, what: str, into: str, there: set[str], *, which: str = "the host's GPUs"
) -> tuple[list[Check], dict[str, Any]]:
    """The host's own GPUs: nvidia-smi lists them, and kernels are right on them.

    Args:
        host: where.
        what: of which place this is said.
        into: a command line that runs a program there.
        there: UUIDs of the GPUs that are to be seen.
        which: what these are called in the claim.

    Returns:
        What was found, and what `kernels.py run` answers.
    """
    code, listed = host.ask(shlex.join([*shlex.split(into), "sh", "-c", smi(SMI)]))
    inside, answer = uuids(listed) if code == 0 else set(), kernels(host, into)
    checks = [
        Check(f"{what}: nvidia-smi inside lists {which}", bool(inside) and inside == there, listed),
        Check(f"{what}: kernels are right on them", right_on(answer, there), str(answer.get("error") or "")),
    ]
    return checks, answer


def has_none(host: Host, what: str, into: str, *, driver: bool = False) -> list[Check]:
    """Nothing of a GPU: none to open, none that nvidia-smi lists, none that Numba finds.

    Args:
        host: where.
        what: of which place this is said.
        into: a command line that runs a program there.
        driver: its programs and libraries may be there, and the nodes that are of no GPU.
    """
    code, said = host.ask(f"{into} sh -c {shlex.quote(INJECTED)}")
    found = [line for line in said.splitlines() if not driver or re.match(r"/dev/(nvidia\d|dxg)", line)]
    listed = host.ask(f"{into} sh -c {shlex.quote(smi(SMI))}")[1]
    answer = kernels(host, into)
    return [
        Check(f"{what}: no GPU is there to open", code == 0 and not found, said),
        Check(f"{what}: nvidia-smi lists none", not uuids(listed), listed),
        Check(f"{what}: Numba finds none", answer["ok"] is False, str(answer.get("error") or answer.get("devices"))),
    ]


def _restarted(trial: Trial) -> dict[str, Any]:
    if trial.host.ask("test -d /run/systemd/system")[0] == 0:
        trial.host.tell("systemctl restart docker.service && systemctl daemon-reload")
        return {"how": "systemctl restart docker.service, then systemctl daemon-reload"}
    trial.host.tell(STOP)
    return {"how": "SIGTERM, then gpufleet apply", "apply": trial.gpufleet("apply").figures}

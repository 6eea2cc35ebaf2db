"""containerd with the runtime for GPUs, and containers that know nothing of Docker: those of ctr, and of Kubernetes."""

from __future__ import annotations

import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gpufleet.apt.versions import at_least
from tests.gpu import seen
from tests.gpu.host import TrialError
from tests.gpu.record import Check, Findings
from tests.gpu.steps import cri
from tests.gpu.steps.gpus import IDENTITY, has_gpus, has_none
from tests.gpu.trial import own_inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gpu.host import Host
    from tests.gpu.trial import Trial

ON = {"nvidia_container_toolkit_containerd": True}
ITEM = "nvidia-container-toolkit.give-containerd-the-runtime-for-gpus"
FILES = "find /etc/containerd -type f -exec sha256sum {} + -exec stat -c '%n %a %U:%G' {} + | sort"
DOCKER = f"cat /run/docker.pid; {IDENTITY}"
PROGRAM = "/usr/bin/nvidia-container-runtime"
ASKING = "--env NVIDIA_VISIBLE_DEVICES=all --env NVIDIA_DRIVER_CAPABILITIES=compute,utility"
CTR = f"timeout 200 ctr -n {cri.NAMESPACE} run --rm --cpu-shares 0"
"""No shares of the processor: the host may have no controller for them."""
TAKES_CDI = (2, 1)
"""The first ctr whose --device takes names of CDI (docs/runtimes.md)."""
LOG, PID = "/run/gpufleet-trial-containerd.log", "/run/gpufleet-trial-containerd.pid"
START = f"""\
answers() {{ timeout 10 ctr version >/dev/null 2>&1; }}
if answers; then exit 0; fi
if [ -e /etc/cni ]; then made=; else made=/etc/cni; fi
setsid containerd >{LOG} 2>&1 </dev/null &
echo $! $made >{PID}
for _ in $(seq 100); do
    if answers; then exit 0; fi
    sleep 0.2
done
tail -n 5 {LOG} >&2
exit 1"""
STOP = f"""\
[ -e {PID} ] || exit 0
read -r pid made <{PID} && kill -TERM $pid && for _ in $(seq 100); do
    [ -e /proc/$pid ] || break
    sleep 0.2
done
if [ -n "$made" ]; then rmdir $made/net.d $made; fi
rm -f {PID} /run/containerd/containerd.sock /run/containerd/containerd.sock.ttrpc"""
"""A socket that is left makes dockerd take it, when it is started next, for a containerd to work with. The folders for
networks are containerd's own doing as it starts."""


def with_its_runtime(trial: Trial) -> Findings:
    """Give containerd the runtime for GPUs: its containers have those that they ask for, and Docker's go on."""
    host = trial.host
    with cri.allowed(host):
        docker, files = host.tell(DOCKER), host.tell(FILES)
        try:
            checks, figures = _given(trial)
        finally:
            off = trial.gpufleet("apply")
        back = off.status == 0 and host.tell(FILES) == files
        same = host.ask(DOCKER)[1]
        checks += [
            Check("without the setting containerd's files are as they were", back, off.why),
            Check("dockerd and the sandboxes are the same processes", same == docker, same),
        ]
    return Findings(checks, {**figures, "apply_off": off.figures})


def _given(trial: Trial) -> tuple[list[Check], dict[str, Any]]:
    on = own_inventory(trial.options, trial.name, trial.declared, trial.folder / "containerd", ON)
    done, again = (trial.gpufleet("apply", inventory=on) for _ in range(2))
    given = done.status == 0 and ITEM in {item for item, _ in done.mended}
    if done.status:
        raise TrialError(f"apply did not give containerd the runtime for GPUs: {done.why}")
    with running(trial.host):
        runs = trial.gpufleet("apply", inventory=on)
        found, figures = _containers(trial)
    checks = [
        Check("apply gives containerd the runtime for GPUs", given, done.why),
        Check("a second apply changes nothing", again.status == 0 and not again.mended, again.why),
        Check("a containerd that runs has it", runs.status == 0 and not runs.mended, runs.why),
    ]
    return checks + found, {**figures, "apply": done.figures, "again": again.figures}


@contextmanager
def running(host: Host) -> Iterator[None]:
    """A containerd of the host's own: one that runs, else one that ends with this.

    Without systemd a dockerd has one of its own, which reads other files.
    """
    host.tell(START)
    try:
        yield
    finally:
        host.tell(STOP)


def reference(image: str) -> str:
    """What containerd calls an image of Docker's. Pure."""
    first, slash, _ = image.partition("/")
    if slash and re.search(r"[.:]|^localhost$", first):
        return image
    return f"docker.io/{image}" if slash else f"docker.io/library/{image}"


def _containers(trial: Trial) -> tuple[list[Check], dict[str, Any]]:
    host, image, why = trial.host, trial.image(), cri.missing(trial.host)
    images = [image] if why else [image, cri.pause(host, image)]
    names = [reference(each) for each in images]
    host.tell(f"docker save {' '.join(images)} | ctr -n {cri.NAMESPACE} image import -")
    try:
        checks, figures = _of_ctr(host, names[0])
        found, pods = ([], {"not_tried": why}) if why else cri.in_pods(host, names[0])
    finally:
        host.ask(f"ctr -n {cri.NAMESPACE} image rm --sync {' '.join(names)}")
        host.ask(f"docker rmi {cri.PAUSE}")
    return [*checks, *found], {**figures, "kubernetes": pods}


def _of_ctr(host: Host, image: str) -> tuple[list[Check], dict[str, Any]]:
    there, end = seen.uuids(host), f"{image} gpufleet-trial"
    by_runtime = f"{CTR} --runc-binary {PROGRAM}"
    checks, answer = has_gpus(host, "ctr, NVIDIA's runtime", f"{by_runtime} {ASKING} {end}", there)
    checks += has_none(host, "ctr, NVIDIA's runtime, unasked", f"{by_runtime} {end}")
    checks += has_none(host, "ctr, unasked", f"{CTR} {end}")
    figures: dict[str, Any] = {"ctr": host.tell("ctr --version"), "kernels": answer}
    by_cdi = f"{CTR} --device nvidia.com/gpu=all {end}"
    if at_least(version(figures["ctr"]), TAKES_CDI):
        found, figures["kernels_by_cdi"] = has_gpus(host, "ctr, CDI", by_cdi, there)
        return checks + found, figures
    return checks, {**figures, "ctr_by_cdi": host.ask(shlex.join([*shlex.split(by_cdi), "true"]))[1]}


def version(said: str) -> str:
    """The version in what `ctr --version` prints. Pure.

    Raises:
        TrialError: there is none.
    """
    found = re.search(r"[ v](\d+\.\d+\.\d+)", said)
    if found is None:
        raise TrialError(f"`ctr --version` says {said}")
    return found.group(1)

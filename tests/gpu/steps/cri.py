"""Pods as Kubernetes makes them, by containerd's own interface for it (CRI): where crictl is there to ask for them."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.gpu import seen
from tests.gpu.host import TrialError
from tests.gpu.record import Check
from tests.gpu.steps.gpus import has_gpus, has_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.gpu.host import Host

NAMESPACE = "k8s.io"
"""Of Kubernetes' images in containerd."""
CONFIG = "/etc/containerd/config.toml"
SECTION = '[plugins."io.containerd.grpc.v1.cri"]'
WITHOUT = {
    "restrict_oom_score_adj": "sh -c 'echo -998 >/proc/$$/oom_score_adj' 2>/dev/null",
    "disable_cgroup": "cd /sys/fs/cgroup && { test ! -e cgroup.controllers || grep -qw cpu cgroup.subtree_control; }",
}
"""What containerd does for each pod, as shell commands; where a host does not let it (root without CAP_SYS_RESOURCE,
no controllers), it has to be told by the setting of that name."""
FOLDER = "/run/gpufleet-trial-pods"
SOCKET = "unix:///run/containerd/containerd.sock"
CRICTL = f"crictl --config {FOLDER}/crictl.yaml"
PAUSE = "gpufleet-trial/pause:latest"
"""The image that a pod begins with, which no registry is asked for here."""
PAUSED = f"""\
id=$(docker create --label gpufleet.trial=yes {{image}} true) || exit 1
docker commit --change 'ENTRYPOINT []' --change 'CMD ["sleep", "infinity"]' $id {PAUSE} >/dev/null
docker rm $id >/dev/null"""
POD = {"namespace": "default", "uid": "gpufleet-trial", "attempt": 0}
HOST_NETWORK = {"linux": {"security_context": {"namespace_options": {"network": 2}}}, "log_directory": FOLDER}
ASKS = [{"key": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]
ALL = {"CDI_devices": [{"name": "nvidia.com/gpu=all"}]}
WAYS: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("pod, runtime class nvidia", "nvidia", {"envs": ASKS}),
    ("pod, CDI", "", ALL),
)


@contextmanager
def allowed(host: Host) -> Iterator[None]:
    """Have containerd do nothing for pods that the host does not let it do; its file is as before at the end.

    Args:
        host: where.
    """
    lines = [f"{setting} = true" for setting, works in WITHOUT.items() if host.ask(works)[0]]
    if not lines or host.ask("command -v crictl")[0]:
        yield
        return
    kept, added = f"{CONFIG}.gpufleet-trial", r"\n".join(lines)
    host.tell(f"cp -p {CONFIG} {kept} && sed -i '/^ *{re.escape(SECTION)}$/a {added}' {CONFIG}")
    try:
        yield
    finally:
        host.tell(f"mv {kept} {CONFIG}")


def missing(host: Host) -> str | None:
    """Why there is no way to make a pod; None where there is one.

    Args:
        host: where containerd runs.
    """
    if host.ask("command -v crictl")[0]:
        return "crictl is not there"
    off = host.ask("ctr plugins ls | grep -q 'cri .* ok *$'")[0]
    return "the interface is switched off (disabled_plugins)" if off else None


def pause(host: Host, image: str) -> str:
    """Make the image that pods begin with; Docker's name of it.

    Args:
        host: where.
        image: Docker's name of one that has a shell's programs.
    """
    host.tell(PAUSED.format(image=image))
    return PAUSE


def in_pods(host: Host, image: str) -> tuple[list[Check], dict[str, Any]]:
    """Pods of the runtime class nvidia and with a CDI device have the host's GPUs; one that asks for nothing has none.

    Args:
        host: where containerd runs, with the image and that of `pause` in its namespace of Kubernetes.
        image: what it calls the image.

    Returns:
        What was found, and what kernels answered.
    """
    there, wanted = seen.uuids(host), sandbox_image(host.tell("containerd config dump"))
    settings = f"runtime-endpoint: {SOCKET}\ntimeout: 60\n"
    host.tell(f"mkdir -p {FOLDER} && printf %s {shlex.quote(settings)} >{FOLDER}/crictl.yaml")
    figures: dict[str, Any] = {"crictl": host.tell("crictl --version")}
    checks: list[Check] = []
    try:
        host.tell(f"ctr -n {NAMESPACE} image tag docker.io/{PAUSE} {wanted}")
        for what, runtime, asked in WAYS:
            with _inside(host, image, runtime, asked) as into:
                found, figures[what] = has_gpus(host, what, into, there)
            checks += found
        with _inside(host, image, "", {}) as into:
            checks += has_none(host, "pod, unasked", into)
    except TrialError as error:
        checks.append(Check("pods can be made", ok=False, seen=str(error)))
    finally:
        host.ask(f"ctr -n {NAMESPACE} image rm --sync {wanted}; rm -rf {FOLDER}")
    return checks, figures


def sandbox_image(dump: str) -> str:
    """The image that containerd makes pods from. Pure.

    Args:
        dump: what `containerd config dump` prints: `sandbox_image` before 2.0, `sandbox` below `pinned_images` since.
    """
    found = re.search(r"^ *sandbox(?:_image)? = ['\"]([^'\"]+)['\"]", dump, re.MULTILINE)
    return found.group(1) if found else ""


@contextmanager
def _inside(host: Host, image: str, runtime: str, asked: dict[str, Any]) -> Iterator[str]:
    """A command line that runs a program in a container of a new pod."""
    pod = {"metadata": {"name": "gpufleet-trial", **POD}, **HOST_NETWORK}
    container = {"metadata": {"name": "trial"}, "image": {"image": image}, "command": ["sleep", "infinity"], **asked}
    for name, content in {"pod": pod, "container": container}.items():
        text = shlex.quote(json.dumps(content))
        host.tell(f"printf %s {text} >{FOLDER}/{name}.json")
    handler = f"--runtime {runtime}" if runtime else ""
    its = host.tell(f"{CRICTL} runp {handler} {FOLDER}/pod.json")
    try:
        inside = host.tell(f"{CRICTL} create {its} {FOLDER}/container.json {FOLDER}/pod.json")
        host.tell(f"{CRICTL} start {inside}")
        yield f"{CRICTL} exec {inside}"
    finally:
        host.ask(f"{CRICTL} stopp {its}; {CRICTL} rmp -f {its}")

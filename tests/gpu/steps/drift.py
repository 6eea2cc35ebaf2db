"""What breaks GPUs in containers on servers: it has to be found by check, and mended by apply."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from gpufleet.verify.gpu_requests import OPTIONS
from tests.gpu.record import Check, Findings
from tests.gpu.trial import RUNTIME

if TYPE_CHECKING:
    from tests.gpu.commands import Done
    from tests.gpu.host import Host
    from tests.gpu.trial import Trial

SPEC = "/var/run/cdi/nvidia.yaml"
DAEMON_JSON = "/etc/docker/daemon.json"
DRIVER = r"sed -n 's/^NVRM version:.*  \([0-9][0-9.]*\)  .*/\1/p' /proc/driver/nvidia/version"
UNLOADED = """\
for _ in $(seq 50); do
    docker info --format '{{json .Runtimes}}' | grep -q nvidia || exit 0
    sleep 0.2
done
exit 1"""
OTHER = "1.2.3"
"""A version of the driver that no host has: what a specification names after the driver was upgraded."""
CDI_ITEM = "nvidia-container-toolkit.describe-the-gpus-for-cdi"
RUNTIME_ITEM = "nvidia-container-toolkit.configure-docker-s-runtime-for-gpus"


def stale_specification(trial: Trial) -> Findings:
    """A CDI specification of another driver is found and mended."""
    host = trial.host
    version = host.tell(f"{DRIVER} || true") or host.tell("nvidia-smi --query-gpu=driver_version --format=csv,noheader")
    version = version.split()[0].replace(".", "[.]")
    host.tell(f"sed -i 's/{version}/{OTHER}/g' {SPEC} && grep -q {OTHER} {SPEC}")
    broken = _starts(trial, "cdi")
    checks = [Check("a container that asks by CDI does not start then", not broken[0], broken[1])]
    return _mended(trial, (CDI_ITEM, "runtime"), "cdi", checks)


def runtime_removed(trial: Trial) -> Findings:
    """The runtime taken out of daemon.json, and out of dockerd, is found and mended."""
    host = trial.host
    text = without_runtime(host.tell(f"cat {DAEMON_JSON}"))
    host.tell(f"printf %s {shlex.quote(text)} >{DAEMON_JSON} && kill -HUP $(cat /run/docker.pid)")
    host.tell(UNLOADED)
    broken = _starts(trial, "runtime")
    checks = [Check("a container that asks by --runtime=nvidia does not start then", not broken[0], broken[1])]
    return _mended(trial, (RUNTIME_ITEM, "config"), "runtime", checks)


def without_runtime(text: str) -> str:
    """The content of daemon.json without NVIDIA's runtime. Pure."""
    content: dict[str, Any] = json.loads(text)
    content.get("runtimes", {}).pop("nvidia", None)
    return json.dumps(content, indent=4) + "\n"


def _mended(trial: Trial, item: tuple[str, str], way: str, checks: list[Check]) -> Findings:
    """Check finds that item and no other, apply mends it alone, then check finds nothing and containers start."""
    found = trial.gpufleet("check")
    checks.append(Check(f"check finds {item[0]} ({item[1]}), and nothing else", found.findings == [item], found.why))
    mended, after = trial.gpufleet("apply"), trial.gpufleet("check")
    checks += [
        Check("apply mends it, and touches nothing else", _only(mended, item), f"{mended.mended}; {mended.why}"),
        Check("check ends with 0 then", after.status == 0, after.why),
    ]
    works = _starts(trial, way)
    checks.append(Check("a container gets its GPU again", works[0], works[1]))
    figures = {"check": found.figures, "apply": mended.figures, "check_after": after.figures}
    return Findings(checks, figures)


def _only(done: Done, item: tuple[str, str]) -> bool:
    return done.status == 0 and done.mended == [item]


def _starts(trial: Trial, way: str) -> tuple[bool, str]:
    options = OPTIONS["cdi" if way == "cdi" else "runtime"]
    words = ["docker", "run", "--rm", "--network=none", *options, trial.image(RUNTIME), "true"]
    return _ended_well(trial.host, shlex.join(words))


def _ended_well(host: Host, command: str) -> tuple[bool, str]:
    code, said = host.ask(command)
    return code == 0, said

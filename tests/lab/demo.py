"""`make demo`: a throwaway host with a simulated GPU, the unchanged deploy.py, drift found and mended, verify."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.lab import owner, product, summary
from tests.lab.instance import CHECKOUT, ROOT, Instance
from tests.lab.lab import Lab
from tests.lab.lock import locked
from tests.lab.mirror import repository
from tests.lab.progress import say
from tests.lab.up import up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost

HOST = "lab-1"
BY_HAND = (
    "echo '# tried something' >> /etc/apt/sources.list.d/docker.sources; "
    "apt-mark unhold nvidia-container-toolkit > /dev/null; docker stop --time 1 python_sandbox > /dev/null"
)
"""What somebody does on the host who knows nothing of its declaration."""
FOUND_MENDED_IN_SYNC = [2, 0, 0]
"""What check, apply and check then end with."""
KIND = "debian13"


@dataclass
class Record:
    """What happened in this run of the demo.

    Attributes:
        seconds: duration of each step, by its name.
        operations: what pyinfra said about its operations.
        applied: exit status of pyinfra.
        drift: exit statuses of check, apply and check after something was changed by hand; empty while not run.
        verified: exit status of `gpufleet verify`; None while it has not run.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    operations: list[product.Operation] = field(default_factory=list)
    applied: int = 0
    drift: list[int] = field(default_factory=list)
    verified: int | None = None

    @contextmanager
    def timed(self, name: str, text: str) -> Iterator[None]:
        """Announce a step and note how long it takes."""
        say(text)
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began


def main() -> int:
    """Run the demo; the exit status is 0 when the host was applied and verified."""
    record = Record()
    with record.timed(
        "lab", "1/5 the lab: a Docker of its own, Debian 13 for the host, a mirror for vendors' packages"
    ):
        _lab_up()
    lab = Lab.connect()
    with record.timed("host", f"2/5 the host {HOST}, with a simulated GPU"):
        host = demo_host(lab)
        inventory = lab.write_inventory(HOST, [host], **_variables())
    with record.timed("apply", f"3/5 pyinfra -y {inventory.relative_to(CHECKOUT)} deploy.py"):
        applied = product.apply(inventory, show=True)
        record.applied, record.operations = applied.status, applied.operations
    if record.applied == 0:
        with record.timed(
            "drift", "4/5 a source edited, a hold lifted, the sandbox stopped by hand: check, apply, check"
        ):
            host.ssh(BY_HAND)
            record.drift = [_run(verb, inventory) for verb in ("check", "apply", "check")]
        with record.timed("verify", f"5/5 gpufleet verify --inventory {inventory.relative_to(CHECKOUT)}"):
            record.verified = _run("verify", inventory)
    print(summary.render(host, inventory, record), flush=True)
    return 0 if record.applied == record.verified == 0 and record.drift == FOUND_MENDED_IN_SYNC else 1


def _run(verb: str, inventory: Path) -> int:
    return product.run("gpufleet", verb, "--inventory", str(inventory), show=True).status


def _lab_up() -> None:
    if os.geteuid() == 0:
        with locked(ROOT / "lock"):
            up(Instance.from_environment(), [KIND])
    elif subprocess.run([sys.executable, "-m", "tests.lab", "up", KIND], check=False).returncode:
        raise SystemExit("the lab did not start, see above")


def _nvidias_own() -> bool:
    """Whether NVIDIA's own programs take the stand-ins' place; they see no GPU without a real driver."""
    return "nvidia-container-toolkit-base" in repository.vendor_names()


def _variables() -> dict[str, object]:
    """What is declared: nothing, but that NVIDIA's own programs take the GPU from the lab's CDI file."""
    if not _nvidias_own():
        return {}
    gpu = {"python_sandbox": {"gpus": ["nvidia.com/gpu=all"]}}
    return {"nvidia_container_toolkit_cdi": False, "sandbox_containers": gpu}


def demo_host(lab: Lab) -> LabHost:
    """The demo's host: kept from the last run, which may have been cut off before it had its GPU, or a new one."""
    host = lab.find(HOST) or lab.host(KIND, HOST, mark=owner.NOBODY)
    host.start()
    if host.ssh("nvidia-smi -L", check=False).returncode:
        host.install_gpu(cdi_file=_nvidias_own())
    return host

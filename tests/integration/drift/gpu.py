"""What happens to the GPUs of a host, their driver, their CDI specification and the unit that makes it at boot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.drift.apt import NVIDIA
from tests.integration.drift.case import Case

if TYPE_CHECKING:
    from tests.lab.host import LabHost

CDI = f"{NVIDIA}.describe-the-gpus-for-cdi"
SCRIPT = f"{NVIDIA}.install-what-describes-the-gpus-at-boot"
UNIT = f"{NVIDIA}.describe-the-gpus-at-boot-before-docker-starts"
SPEC, STATIC = "/var/run/cdi/nvidia.yaml", "/etc/cdi/nvidia.yaml"
OTHER_DRIVER = "s/580[.]159[.]04/570.86.15/"
PROGRAM = "/usr/local/lib/gpufleet/gpufleet-cdi.sh"
NAME = "gpufleet-cdi.service"
UNIT_FILE = f"/etc/systemd/system/{NAME}"


def with_two_gpus(host: LabHost) -> None:
    """A second card comes."""
    host.install_gpu(count=2)


def with_one_gpu(host: LabHost) -> None:
    """It goes again, and is no longer described."""
    host.install_gpu()
    host.ssh(f"systemctl restart {NAME}")


SPECIFICATIONS = (
    Case("the CDI specification is gone", f"rm {SPEC}", CDI, "runtime", quick=True),
    Case("the CDI specification is for another driver", f"sed -i {OTHER_DRIVER} {SPEC}", CDI, "runtime"),
    Case("the CDI specification is for another GPU", f"sed -i s/GPU-[0-9a-f]/GPU-0/ {SPEC}", CDI, "runtime"),
    Case("the CDI specification is cut off", f"truncate -s 300 {SPEC}", CDI, "runtime"),
    Case("a GPU comes", with_two_gpus, CDI, "runtime", undo=with_one_gpu),
    Case(
        "an old CDI specification comes into the static folder",
        f"mkdir -p /etc/cdi; sed {OTHER_DRIVER} {SPEC} >{STATIC}",
        CDI,
        "unmanaged",
    ),
)

AT_BOOT = (
    Case("what describes the GPUs at boot is edited", f"echo exit >>{PROGRAM}", SCRIPT, quick=True, diff=("-exit",)),
    Case("what describes the GPUs at boot cannot be run", f"chmod 644 {PROGRAM}", SCRIPT),
    Case("what describes the GPUs at boot is gone", f"rm {PROGRAM}", SCRIPT),
    Case("the unit for CDI is not started at boot", f"systemctl disable {NAME}", UNIT, quick=True),
    Case("the unit for CDI is edited", f"sed -i s/Before=.*// {UNIT_FILE}; systemctl daemon-reload", UNIT),
    Case("the unit for CDI is gone", f"rm {UNIT_FILE}; systemctl daemon-reload", UNIT),
    Case("the unit for CDI is masked", f"mv {UNIT_FILE} /root; systemctl mask {NAME}; rm /root/{NAME}", UNIT),
    Case(
        "the unit for CDI is overridden",
        f"mkdir {UNIT_FILE}.d; printf '[Service]\\nExecStart=\\nExecStart=/bin/true\\n' >{UNIT_FILE}.d/own.conf; "
        "systemctl daemon-reload",
        UNIT,
    ),
    Case("systemd has not read the unit for CDI", f"sleep 1; touch {UNIT_FILE}", UNIT, "runtime", quick=True),
)

CASES = (*SPECIFICATIONS, *AT_BOOT)

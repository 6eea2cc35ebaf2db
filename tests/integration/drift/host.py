"""What happens to a host as a whole and to what it remembers of the last apply."""

from __future__ import annotations

from tests.integration.drift.case import Case
from tests.lab.nvidia_standins.driver import PROGRAM

STAMP = "stamp.remember-what-was-declared"
STATE = "/var/lib/gpufleet"

DRIVER, REBOOT = "platform.see-that-the-driver-works", "platform.see-whether-a-reboot-is-due"
APART = "Failed to initialize NVML: Driver/library version mismatch"

FIT = "platform.make-sure-that-what-is-declared-can-work-on-this-host"

CASES = (
    Case(
        "a reboot is due",
        "touch /run/reboot-required; echo linux-image-amd64 >/run/reboot-required.pkgs",
        REBOOT,
        "runtime",
        quick=True,
        person="rm /run/reboot-required /run/reboot-required.pkgs",
    ),
    Case(
        "kernel module and libraries of the driver are of two versions",
        f"cp -p {PROGRAM} /root/new; printf '#!/bin/sh\\necho {APART}\\nexit 18\\n' >/root/new; "
        f"mv {PROGRAM} /root/nvidia-smi; mv /root/new {PROGRAM}",
        DRIVER,
        "runtime",
        person=f"mv /root/nvidia-smi {PROGRAM}",
    ),
    Case(
        "the GPU is lost where one is required",
        f"mv {PROGRAM} /root/nvidia-smi",
        FIT,
        "runtime",
        settings={"platform_gpu": "required"},
        person=f"mv /root/nvidia-smi {PROGRAM}",
    ),
    Case("the stamp is gone", f"rm {STATE}/stamp.json", STAMP, quick=True),
    Case("the stamp is damaged", f"truncate -s 100 {STATE}/stamp.json", STAMP),
    Case("an apply was cut off", f"touch {STATE}/in-progress", STAMP),
)

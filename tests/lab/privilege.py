"""Become root for what needs it: the lab's daemons, its network and the packages."""

from __future__ import annotations

import os
import shutil
import sys

KEPT = ("GPUFLEET_LAB_NAME", "LAB_VENDOR_DEBS")


def become_root(command: str) -> None:
    """Go on as root: replace this process by `sudo python -m tests.lab COMMAND` unless it is root's already.

    Raises:
        SystemExit: this user is not root and there is no sudo.
    """
    if os.geteuid() == 0:
        return
    sudo = shutil.which("sudo")
    if sudo is None:
        raise SystemExit(f"`python -m tests.lab {command}` needs root, and there is no sudo: run it as root")
    print(f"the lab's own Docker needs root: `{command}` goes on through sudo", flush=True)
    kept = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
    os.execv(sudo, [sudo, "env", *kept, sys.executable, "-m", "tests.lab", command])  # noqa: S606 (no shell wanted)

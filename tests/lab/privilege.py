"""Become root for what needs it: the lab's daemons, its network and the packages."""

from __future__ import annotations

import os
import shutil
import sys

KEPT = ("GPUFLEET_LAB_NAME", "LAB_VENDOR_DEBS")


def become_root(arguments: list[str]) -> None:
    """Go on as root: replace this process by `sudo python -m tests.lab ...` unless it is root's already.

    Args:
        arguments: those of this command.

    Raises:
        SystemExit: this user is not root and there is no sudo.
    """
    if os.geteuid() == 0:
        return
    sudo = shutil.which("sudo")
    command = f"python -m tests.lab {' '.join(arguments)}"
    if sudo is None:
        raise SystemExit(f"`{command}` needs root for a Docker of its own, and there is no sudo here: run it as root")
    print(f"`{command}` needs root for a Docker of its own: it goes on through sudo", flush=True)
    kept = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
    os.execv(sudo, [sudo, "env", *kept, sys.executable, "-m", "tests.lab", *arguments])  # noqa: S606 (no shell wanted)

"""Start and end the lab's two daemons, known by a recorded process id and by their command lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import processes
from tests.lab.packages import program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.instance import Instance

STOP_SECONDS = 30
OWN_PIDFILE = "dockerd-own.pid"
CONTAINERD_CONFIGURATION = """\
version = 2
root = "{data}/containerd"
state = "{run}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{run}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "{data}/opt"
"""


@dataclass(frozen=True)
class Daemon:
    """One background program of the lab.

    Attributes:
        command: its full command line; it names a file of this lab, so no other process has the same.
        pidfile: where its process id and the command line that it was started with are recorded.
        log: where its output goes.
    """

    command: tuple[str, ...]
    pidfile: Path
    log: Path

    def pid(self) -> int | None:
        """Its process id, verified by the command line of the process; None when it does not run."""
        try:
            pid, command = json.loads(self.pidfile.read_text())
        except (OSError, ValueError):
            return None
        return int(pid) if processes.command_line(pid) == command else None

    def start(self) -> None:
        """Start it in a session of its own unless it runs."""
        if self.pid() is not None:
            return
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # it outlives this process on purpose
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.pidfile.write_text(json.dumps([process.pid, self.command]))
        # The kernel shows the new command line a moment after the program has begun.
        while self.pid() is None and process.poll() is None:
            time.sleep(0.01)

    def stop(self) -> None:
        """Ask it to end, and kill it when it does not within 30 s."""
        for number, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5)):
            pid = self.pid()
            if pid is None:
                return
            os.kill(pid, number)
            deadline = time.monotonic() + patience
            while self.pid() is not None and time.monotonic() < deadline:
                time.sleep(0.05)

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""


def containerd(instance: Instance) -> Daemon:
    """The lab's containerd: without a private one dockerd would share the machine's."""
    configuration = instance.data / "containerd.toml"
    configuration.write_text(CONTAINERD_CONFIGURATION.format(data=instance.data, run=instance.run))
    command = (_path("containerd"), "--config", str(configuration))
    return Daemon(command, instance.run / "containerd.pid", instance.data / "containerd.log")


def dockerd(instance: Instance) -> Daemon:
    """The lab's dockerd: own configuration file, no netfilter rules, a default bridge of its own.

    Its socket belongs to the group of the person who called sudo, so that tests need no root.
    """
    configuration = instance.data / "daemon.json"
    configuration.write_text("{}\n")
    options = {
        "config-file": configuration,
        "host": f"unix://{instance.socket}",
        "group": os.environ.get("SUDO_GID", "0"),
        "data-root": instance.data / "docker",
        "exec-root": instance.run / "docker",
        "pidfile": instance.run / OWN_PIDFILE,
        "containerd": instance.run / "containerd.sock",
        "containerd-namespace": instance.tag,
        "containerd-plugins-namespace": f"{instance.tag}-plugins",
        "bridge": instance.default_bridge,
        "iptables": "false",
        "ip6tables": "false",
        "ip-masq": "false",
        "userland-proxy": "false",
        "log-level": "warn",
    }
    command = (_path("dockerd"), *(f"--{name}={value}" for name, value in options.items()))
    return Daemon(command, instance.run / "dockerd.pid", instance.data / "dockerd.log")


def _path(name: str) -> str:
    return program(name) or name

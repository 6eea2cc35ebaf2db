"""A lab host's dockerd in a test: put its configuration in some state, apply declared keys, look at what came of it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.integration.stock_pyinfra import Run, pyinfra
from tests.lab.product import operations

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

DEPLOY = Path(__file__).with_name("deploys") / "daemon_only.py"
FILE = "/etc/docker/daemon.json"
RESTART = "sleep 0.1; systemctl reset-failed docker docker.socket; systemctl restart docker"
IMAGE = (
    "docker image inspect tiny >/dev/null 2>&1 || tar -C / -c bin lib lib64 usr/bin/sleep usr/bin/true"
    " usr/lib/x86_64-linux-gnu/libc.so.6 usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    " usr/lib64/ld-linux-x86-64.so.2 | docker import - tiny"
)


@dataclass(frozen=True)
class Applied(Run):
    """What a run of pyinfra came to, by operation."""

    @property
    def changed(self) -> list[str]:
        """Names of the operations that changed something."""
        return [item.name for item in operations(self.output) if item.changed]


@dataclass(frozen=True)
class Daemon:
    """The dockerd of one host."""

    lab: Lab
    host: LabHost

    def given(self, content: bytes | None, restart: str | None = RESTART) -> None:
        """This file (None: none), a dockerd that started with it, and nothing remembered.

        Args:
            content: what stands in daemon.json.
            restart: how to start dockerd anew; None where it does not matter what it runs with.
        """
        encoded = base64.b64encode(content or b"").decode()
        write = "true" if content is None else f"echo {encoded} | base64 -d >{FILE}"
        clear = f"docker ps -aq | xargs -r docker rm -f >/dev/null; rm -rf /var/lib/gpufleet {FILE}"
        self.host.ssh(f"{clear}; mkdir /var/lib/gpufleet; {write}; {restart or 'true'}")

    def apply(self, **keys: object) -> Applied:
        """Declare these keys, `_` standing for `-`."""
        declared = {key.replace("_", "-"): value for key, value in keys.items()}
        done = pyinfra(self.lab.inventory([self.host], daemon_keys=declared), DEPLOY, "-y")
        return Applied(done.code, done.output)

    def apply_well(self, **keys: object) -> list[str]:
        """The same, and it must succeed; returns what changed."""
        applied = self.apply(**keys)
        assert applied.code == 0, applied.output
        assert len(operations(applied.output)) == 3, applied.output
        return applied.changed

    @property
    def file(self) -> bytes | None:
        """daemon.json as it lies there."""
        done = self.host.ssh(f"base64 {FILE}", check=False)
        return None if done.returncode else base64.b64decode(done.stdout)

    @property
    def content(self) -> Any:
        """What it holds."""
        return json.loads(self.file or b"")

    @property
    def pid(self) -> str:
        """The process of dockerd: another number after a restart."""
        return self.host.ssh("cat /run/docker.pid").stdout.strip()

    @property
    def everything(self) -> str:
        """What a run that has nothing to do must leave: process, inodes, times, contents."""
        look = (
            "find /etc/docker /var/lib/gpufleet -exec stat -c '%n %i %Y %Z %a %U:%G' {} + -type f -exec sha256sum {} +"
        )
        return self.host.ssh(f"cat /run/docker.pid; {look}").stdout

    def info(self, template: str) -> str:
        """What `docker info` answers."""
        return self.host.ssh(f"docker info --format '{template}'").stdout.strip()

    def run_container(self) -> str:
        """Start a container that goes on; returns what identifies its process."""
        self.host.ssh(f"{IMAGE}; docker run -d --stop-timeout 1 --name going-on tiny sleep 100000")
        return self.container

    @property
    def container(self) -> str:
        """Whether that container runs, and since when."""
        shown = "{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}"
        return self.host.ssh(f"docker inspect -f '{shown}' going-on").stdout.strip()

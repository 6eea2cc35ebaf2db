"""Sandboxes of a lab host in a test: apply a declaration, look at what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.integration.stock_pyinfra import Run, pyinfra
from tests.lab.product import operations

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

DEPLOY = Path(__file__).with_name("deploys") / "sandboxes.py"
IMAGE = "debian:trixie-slim"


@dataclass(frozen=True)
class Applied(Run):
    """What a run of pyinfra came to."""

    @property
    def changed(self) -> list[str]:
        """Names of the operations that changed something or had something to say."""
        return [item.name.rpartition(" | ")[2] for item in operations(self.output) if item.changed]

    @property
    def words(self) -> str:
        """What was printed, in one line."""
        return " ".join(self.output.split())


@dataclass(frozen=True)
class Sandboxes:
    """The sandboxes of one host.

    Attributes:
        lab: where it is.
        host: the host.
        gpu: its platform_gpu.
    """

    lab: Lab
    host: LabHost
    gpu: str = "none"

    def apply(self, containers: dict[str, dict[str, Any]] | None = None, **variables: object) -> Applied:
        """Declare these sandboxes, made from a small image where they name none; None declares nothing."""
        declared = {name: {"image": IMAGE, "shm_size": "64m", **fields} for name, fields in (containers or {}).items()}
        given = {} if containers is None else {"sandbox_containers": declared}
        inventory = self.lab.inventory([self.host], platform_gpu=self.gpu, **given, **variables)
        done = pyinfra(inventory, DEPLOY, "-y")
        return Applied(done.code, done.output)

    def apply_well(self, containers: dict[str, dict[str, Any]] | None = None, **variables: object) -> list[str]:
        """The same, and it must succeed; returns what changed."""
        applied = self.apply(containers, **variables)
        assert applied.code == 0, applied.output
        assert operations(applied.output), applied.output
        return applied.changed

    def docker(self, *words: str, check: bool = True) -> str:
        """What a docker command on the host prints."""
        return self.host.ssh(f"docker {' '.join(words)}", check=check).stdout.strip()

    def inspect(self, name: str) -> Any:
        """A container as Docker sees it."""
        return json.loads(self.docker("container", "inspect", name))[0]

    def identity(self, name: str) -> tuple[str, str, str]:
        """Which container it is, since when it runs, and whether it does."""
        found = self.inspect(name)
        return found["Id"], found["State"]["StartedAt"], found["State"]["Status"]

    def names(self) -> list[str]:
        """All containers of the host."""
        return sorted(self.docker("ps", "-a", "--format", "{{.Names}}").split())

    def clear(self) -> None:
        """Remove every container, and nothing else."""
        self.host.ssh("docker ps -aq | xargs -r docker rm -f >/dev/null")

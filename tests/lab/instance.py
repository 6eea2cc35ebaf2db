"""Where one lab lives on the machine: its name and every path, so that two labs never meet."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ROOT = Path("/var/lib/gpufleet-lab")
CACHE = Path("/var/cache/gpufleet-lab")


@dataclass(frozen=True)
class Instance:
    """One lab.

    Attributes:
        name: `default`, or what the environment variable GPUFLEET_LAB_NAME says (letters, digits, dashes, 10 at most:
            it is part of a network interface's name, which the kernel limits to 15 characters).
    """

    name: str

    @classmethod
    def from_environment(cls) -> Instance:
        """The lab that this process means.

        Raises:
            SystemExit: GPUFLEET_LAB_NAME is not usable as a name.
        """
        name = os.environ.get("GPUFLEET_LAB_NAME", "default")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,9}", name):
            raise SystemExit(f"GPUFLEET_LAB_NAME={name!r}: 1 to 10 of a-z, 0-9 and dash, please")
        return cls(name)

    @property
    def data(self) -> Path:
        """Everything of this lab that root owns."""
        return ROOT / self.name

    @property
    def run(self) -> Path:
        """Sockets, pidfiles and mounts: worthless once the daemons are gone."""
        return self.data / "run"

    @property
    def socket(self) -> Path:
        """Where this lab's dockerd answers."""
        return self.run / "docker.sock"

    @property
    def bridge(self) -> str:
        """Name of the network interface that the lab hosts hang on."""
        return f"gfl-{self.name}"

    @property
    def default_bridge(self) -> str:
        """Name of the interface that the lab's dockerd has in place of `docker0`; nothing hangs on it."""
        return f"gfd-{self.name}"

    @property
    def tag(self) -> str:
        """Marks what this lab leaves outside its folders: netfilter rules, cgroups, containerd namespaces."""
        return f"gpufleet-lab-{self.name}"

    @property
    def files(self) -> Path:
        """Keys and inventories of whoever uses the lab, inside the checkout."""
        base = CHECKOUT / ".lab"
        return base if self.name == "default" else base / self.name

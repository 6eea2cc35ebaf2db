"""The SSH key with which a user of the lab logs in, and what is known about each host's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.lock import locked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.instance import Instance


def ensure(instance: Instance) -> Path:
    """The private key of this checkout's lab, made when missing; the public one lies beside it (`.pub`)."""
    key = instance.files / "id_ed25519"
    with locked(instance.files / "lock"):
        if not key.exists():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "gpufleet lab", "-f", str(key)])
    return key


def remember_host(folder: Path, address: str, public_key: str) -> Path:
    """Write the known_hosts file of one host, so that nothing touches the user's own.

    Args:
        folder: folder of this host's files.
        address: its IPv4 address.
        public_key: the line in its ssh_host_ed25519_key.pub.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "known_hosts"
    path.write_text(f"{address} {' '.join(public_key.split()[:2])}\n")
    return path

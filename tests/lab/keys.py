"""The SSH key with which a user of the lab logs in."""

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

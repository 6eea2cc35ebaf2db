"""What of a host is worth holding against the others of its fleet. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpufleet.platform import Platform


def compared(platform: Platform) -> dict[str, str]:
    """Facts by name, without those that a host does not have.

    Args:
        platform: the host.
    """
    models = Counter(gpu.name for gpu in platform.gpus)
    facts = {
        "system": f"{platform.distribution} {platform.version}".strip(),
        "architecture": platform.architecture,
        "docker": platform.docker and platform.docker.daemon_version,
        "driver": platform.gpus[0].driver_version if platform.gpus else None,
        "gpus": ", ".join(f"{count} x {name}" for name, count in models.items()),
    }
    return {name: value for name, value in facts.items() if value}

"""The lab's mirror: what the vendors serve, under the vendors' own names, on an address inside the lab.

The product's defaults (addresses, paths, package names) are what the lab tests, so the mirror answers over HTTPS as
download.docker.com, as nvidia.github.io and as Docker Hub. Its Docker packages are stand-ins made of Debian's own
programs; those of NVIDIA's container toolkit hold programs of the lab's own (tests.lab.nvidia_standins).
"""

from __future__ import annotations

from tests.lab.mirror.mirror import Mirror, MirrorError
from tests.lab.mirror.names import VENDOR_NAMES
from tests.lab.mirror.start import publish_base, start

__all__ = ["VENDOR_NAMES", "Mirror", "MirrorError", "publish_base", "start"]

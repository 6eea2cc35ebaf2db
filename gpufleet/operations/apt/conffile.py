"""A configuration file that no removed package takes along when somebody purges it.

nvidia-docker2 up to 2.13 held /etc/docker/daemon.json (debian/nvidia-docker2.install of NVIDIA/nvidia-docker): removed,
it goes on to call the file its own, and `apt-get purge` deletes it, whatever it holds by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.facts.conffiles import LeftConffiles
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.scripts import run

if TYPE_CHECKING:
    from collections.abc import Sequence


@operation()
def disowned(path: str, packages: Sequence[str]) -> Commands:
    """Have no removed package that would delete a file when it is purged: it is purged, and the file stays as it is.

    Args:
        path: of the file.
        packages: that may call it theirs.
    """
    left: dict[str, tuple[str, ...]] = host.get_fact(LeftConffiles, packages=list(packages))
    owners = [name for name, files in left.items() if path in files]
    if not owners:
        host.noop(f"no removed package calls {path} its own")
        return
    observed = f"removed, and purging it would delete {path}"
    yield from begin(
        *(Difference(kind="config", resource=name, expected="purged", observed=observed) for name in owners)
    )
    yield run("apt.sh", "apt-disown.sh", arguments=[path, *owners])

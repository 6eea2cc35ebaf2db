"""Configuration files of packages that were removed and not purged.

They go on to count: what lies in /etc/profile.d is read at each login. And purging such a package deletes them:
nvidia-docker2 up to 2.13 held /etc/docker/daemon.json (debian/nvidia-docker2.install of NVIDIA/nvidia-docker), and
`apt-get purge` deletes that file, whatever it holds by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.conffiles import LeftConffiles
from gpufleet.finding import Difference
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.scripts import run
from gpufleet.state import BACKUPS

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


@operation()
def purged(packages: Sequence[str]) -> Commands:
    """Have nothing left of packages that were removed; their configuration files go into the backup.

    A removal does not put them back: it does not bring their packages back either.

    Args:
        packages: their names; one that is installed is left alone.
    """
    left: dict[str, tuple[str, ...]] = host.get_fact(LeftConffiles, packages=list(packages))
    if not left:
        host.noop(f"nothing is left of {', '.join(packages)}")
        return
    yield from begin(
        *(
            Difference(kind="config", resource=name, expected="purged", observed=f"has left {', '.join(files)}")
            for name, files in left.items()
        )
    )
    for path in (path for files in left.values() for path in files):
        yield StringCommand(f"mkdir -p {BACKUPS} && cp -pL --backup=numbered", QuoteString(path), f"{BACKUPS}/ || true")
    yield run("apt.sh", "apt-disown.sh", arguments=["", *left])

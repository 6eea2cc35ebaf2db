"""The toolkit's packages as they come onto a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import operation

from gpufleet.dockerd.staleness import unseen_programs
from gpufleet.dockerd.state import GPU_PROGRAMS
from gpufleet.facts.apt import AptPackages, Package
from gpufleet.facts.apt_removable import AptRemovable
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.together import together
from gpufleet.notice import notice
from gpufleet.operations.apt import packages as apt_packages
from gpufleet.operations.change import Commands, begin
from gpufleet.operations.files import write_file
from roles.nvidia_container_toolkit.packages import FORMER_PACKAGES, PACKAGES, packages_off

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.bundle.chosen import Bundle


@operation()
def packages(version: str, bundle: Bundle | None = None) -> Commands:
    """Have the toolkit's packages at one version, held, and none of those whose place they have taken.

    All in one go: the program of Docker's runtime `nvidia` may be in either, and is never away for long.

    Args:
        version: of all of them.
        bundle: what they come from, None where they come from apt's sources.
    """
    with together():
        former = host.get_fact(AptPackages, packages=list(FORMER_PACKAGES))
        host.get_fact(AptPackages, packages=list(PACKAGES))  # the operation within asks for it
    versions: dict[str, str | None] = dict.fromkeys(PACKAGES, version)
    yield from apt_packages.packages._inner(  # noqa: SLF001
        versions=versions, remove=_removable(former), may_go=FORMER_PACKAGES, bundle=bundle
    )


def _removable(former: Mapping[str, Package]) -> list[str]:
    """The former packages that go; one that others of the host need stays, and is only told of."""
    there = [name for name in FORMER_PACKAGES if former.get(name, Package()).version]
    if not there:
        return []
    can_go: frozenset[str] = host.get_fact(AptRemovable, packages=there, along=[])
    if stay := [name for name in there if name not in can_go]:
        notice(f"Packages of NVIDIA's former Docker that stay, since others need them: {', '.join(stay)}.")
    return [name for name in there if name in can_go]


@operation()
def programs_remembered(version: str) -> Commands:
    """Before packages change, remember what the running dockerd has found: an upgrade in place does not restart it.

    Args:
        version: of the packages.
    """
    with together():
        found, docker = host.get_fact(AptPackages, packages=list(PACKAGES)), host.get_fact(DockerDaemon)
    known = (docker.running.identity, *docker.gpu_programs) if docker.running else ()
    if not any(packages_off(version, found)) or not docker.gpu_programs or not known or docker.gpu_found == known:
        host.noop("dockerd need not be told from one that has not found them")
    elif unseen_programs(docker):
        host.noop("the running dockerd has not found all of them")
    else:
        yield from begin(step=True)
        yield write_file(GPU_PROGRAMS, "".join(f"{line}\n" for line in known).encode())

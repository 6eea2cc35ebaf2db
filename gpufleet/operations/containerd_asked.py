"""What is declared of containerd's runtime for GPUs, and what there is: what its operations begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyinfra import host
from pyinfra.api import StringCommand

from gpufleet.containerd.drop_in import Wish
from gpufleet.containerd.planned import planned
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptPackages, Package
from gpufleet.facts.containerd import Containerd, ContainerdRuntime
from gpufleet.facts.together import together
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.containerd_commands import TRIED

if TYPE_CHECKING:
    from gpufleet.containerd.planned import Plan
    from gpufleet.containerd.state import ContainerdState
    from gpufleet.dockerd.objections import Objection


class Asked(NamedTuple):
    """What a host holds and what is declared for it.

    Attributes:
        state: the host.
        wish: what is declared; None where nvidia-ctk is not there, and why where it does not work.
        plan: what is to become of the files, or why nothing is; None where that cannot be said yet.
        missing: the program that is not there yet, as its package is to be installed before.
    """

    state: ContainerdState
    wish: Wish | Unreadable | None
    plan: Plan | Objection | None
    missing: str | None


def asked(package: str, *, cdi: bool, default: bool) -> Asked:
    """Ask the host.

    Args:
        package: of nvidia-ctk, which says how the runtime is set up.
        cdi: have CDI on in Kubernetes' interface (CRI).
        default: make it the default runtime there.
    """
    with together():
        entry, state = host.get_fact(ContainerdRuntime), host.get_fact(Containerd)
        found = host.get_fact(AptPackages, packages=[package])
    if entry is None and not found.get(package, Package()).version:
        return Asked(state, None, None, "nvidia-ctk")
    if state.version is None and not isinstance(state.file, Unreadable):
        return Asked(state, None, None, "containerd")
    if not isinstance(entry, dict):
        return Asked(state, entry, None, None)
    wish = Wish(entry, cdi, default)
    return Asked(state, wish, planned(state, wish, TRIED), None)


def no_answer(found: Asked, package: str) -> Commands:
    """A program whose package comes first, and is missed itself; or nvidia-ctk, which does not work.

    Args:
        found: what was asked.
        package: of nvidia-ctk.
    """
    if found.missing:
        yield from begin(step=True)
        yield StringCommand(found.missing, "--version")
        return
    yield from refuse(
        package,
        expected="its nvidia-ctk, with a runtime for containerd",
        observed=found.wish.why if isinstance(found.wish, Unreadable) else "the program is not there",
        way_out=f"Install the package anew: `apt-get install --reinstall {package}`.",
        kind="unknown" if isinstance(found.wish, Unreadable) else "config",
    )

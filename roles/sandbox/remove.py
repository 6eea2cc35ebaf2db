"""What the role sandbox takes back: sandboxes, on consent, and what starts them at boot. Workspaces stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra.api import deploy

from gpufleet.operations.removal_containers import sandboxes_removed
from gpufleet.operations.removal_files import file_given_back
from gpufleet.operations.removal_units import unit_removed
from gpufleet.settings import load
from roles.sandbox.deploy import SCRIPT, UNIT
from roles.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gpufleet.operations.removal import Unless


def consented(data: Mapping[str, object], partial: Collection[str] | None) -> bool:
    """Whether sandboxes go in this run.

    Args:
        data: the host's variables.
        partial: the roles that the run is limited to; None for a run of all.
    """
    return load(SandboxSettings, data).remove and (partial is None or SandboxSettings.role in partial)


@deploy("Sandbox")
def sandbox_removed(unless: Unless, *, consent: bool) -> None:
    """Remove the sandboxes from the current host.

    Args:
        unless: why nothing else goes.
        consent: they may go, unless they are in use.
    """
    sandboxes_removed(name="Remove the sandboxes", consent=consent)
    unit_removed(name="Do not start sandboxes at boot", unit=UNIT, unless=unless)
    file_given_back(name="Remove what starts them", path=SCRIPT, unless=unless)

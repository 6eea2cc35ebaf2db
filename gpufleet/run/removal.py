"""`gpufleet remove`: asks before anything goes, and hands the consent to remove sandboxes on to the deploy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gpufleet.report.summary import plural
from gpufleet.run.command import ran

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.report.outputs import Outputs
    from gpufleet.run.connect import Fleet
    from gpufleet.run.fleet import RunVerb

CONSENT = "sandbox_remove"
"""The variable that says that sandboxes may go."""
NAMED = 8


def remove(
    inventory: str | None,
    limits: Sequence[str],
    *,
    roles: Sequence[str],
    outputs: Outputs,
    containers: bool,
    look: bool,
    yes: bool,
) -> int:
    """Take back what apply did on the selected hosts, or only say what would go.

    Args:
        inventory: as pyinfra takes it; None for inventory.py of the checkout.
        limits: groups, hosts or patterns; none for all hosts.
        roles: limits what goes; none for all.
        outputs: where the reports go.
        containers: sandboxes that nobody uses may go.
        look: change nothing.
        yes: nobody at a terminal has to agree first.

    Returns:
        The exit code.
    """

    def ready(fleet: Fleet) -> bool:
        if containers:
            fleet.state.inventory.override_data[CONSENT] = True
        return look or yes or _agreed(list(fleet.hosts), containers=containers)

    verb: RunVerb = "remove --check" if look else "remove"
    flags = [name for name, given in {"--containers": containers, "--yes": yes}.items() if given]
    return ran(verb, "remove.py", inventory, limits, roles=roles, outputs=outputs, flags=flags, ready=ready)


def _agreed(names: Sequence[str], *, containers: bool) -> bool:
    """Ask the person at the terminal."""
    shown = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
    fate = "Sandboxes go too, unless they are in use" if containers else "A host with sandboxes keeps everything"
    sys.stderr.write(
        f"This takes back what gpufleet did on {plural(len(names), 'host')}: {shown}.\n"
        f"{fate}; workspaces and data stay. `gpufleet remove --check` shows what goes.\n"
    )
    sys.stderr.write("Type yes to go on: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() == "yes"

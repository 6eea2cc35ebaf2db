"""Leave the host as its own inventory declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu import inventory
from tests.gpu.record import Check, Findings
from tests.gpu.trial import SANDBOXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.gpu.trial import Trial

LEFT = "docker ps -aq --filter name=trial_; docker ps -aq --filter label=gpufleet.trial"


def tidy(trial: Trial) -> Findings:
    """The trial's sandboxes go; the host is as its own inventory declares it."""
    variables = {**trial.options.variables, "sandbox_remove_undeclared": True}
    original = trial.options.inventory
    file = inventory.write(trial.folder / "tidy", original, trial.name, variables)
    done = trial.gpufleet("apply", inventory=file)
    remove_workspaces(trial, SANDBOXES)
    left = trial.host.ask(LEFT)[1]
    checks = [Check("apply ends with 0", done.status == 0, done.why), Check("none of them is left", not left, left)]
    return Findings(checks, {"apply": done.figures})


def remove_workspaces(trial: Trial, names: Iterable[str]) -> None:
    """Remove what removed sandboxes of a trial have left in the home of who connects.

    Args:
        trial: on which host.
        names: of the sandboxes.
    """
    home = trial.host.connection.host.data.get("ssh_user") or "root"
    trial.host.ask(f"cd ~{home} && rm -rf {' '.join(f'./{name}' for name in names)}")

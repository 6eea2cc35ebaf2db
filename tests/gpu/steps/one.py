"""Single GPUs: sandboxes that ask for one of the host's see that one, and a job that asks for another sees that."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gpufleet.verify.gpu_requests import smi, uuids
from tests.gpu import commands, seen
from tests.gpu.record import Check, Findings
from tests.gpu.steps.gpus import SMI, has_gpus
from tests.gpu.steps.tidy import remove_workspaces
from tests.gpu.trial import SANDBOXES, USUAL, own_inventory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.gpu.commands import Done
    from tests.gpu.trial import Trial

BY_INDEX, BY_UUID = "trial_by_index", "trial_by_uuid"
NODES = "ls -1 /dev | grep -E '^nvidia[0-9]+$'"


def of_several(trial: Trial) -> Findings:
    """Who asks for one GPU, by index or by UUID, gets that one and no other."""
    there = seen.in_order(trial.host)
    made, file = _with_single_gpus(trial, there)
    checks = [Check("apply makes a sandbox for the last GPU and one for the first", made.status == 0, made.why)]
    figures = {"gpus": len(there), "apply": made.figures}
    for name, uuid in ((BY_INDEX, there[-1]), (BY_UUID, there[0])):
        found, figures[name] = has_gpus(trial.host, name, f"docker exec -i {name}", {uuid}, which="that GPU alone")
        nodes = trial.host.ask(f"docker exec {name} sh -c {shlex.quote(NODES)}")[1]
        checks += [*found, Check(f"{name}: one GPU is there to open", len(nodes.split()) == 1, nodes)]
    checks += [_job(trial, file, BY_INDEX, "0", there[0]), _job(trial, file, BY_UUID, there[-1], there[-1])]
    back = trial.gpufleet("apply", inventory=_without(trial))
    remove_workspaces(trial, (BY_INDEX, BY_UUID))
    checks.append(Check("apply takes both sandboxes away again", back.status == 0, back.why))
    return Findings(checks, figures | {"apply_back": back.figures})


def _with_single_gpus(trial: Trial, there: Sequence[str]) -> tuple[Done, Path]:
    """Apply with two further sandboxes; returns what came of it, and the inventory that declares them."""
    single = {
        BY_INDEX: {"gpu_request": "runtime", "gpus": [str(len(there) - 1)]},
        BY_UUID: {"gpu_request": "cdi", "gpus": [there[0]]},
    }
    sandboxes = {**trial.declared.get("sandbox_containers", USUAL), **SANDBOXES, **single}
    file = own_inventory(
        trial.options, trial.name, trial.declared, trial.folder / "one", {"sandbox_containers": sandboxes}
    )
    return trial.gpufleet("apply", inventory=file), file


def _without(trial: Trial) -> Path:
    folder, removed = trial.folder / "none", {"sandbox_remove_undeclared": True}
    return own_inventory(trial.options, trial.name, trial.declared, folder, removed)


def _job(trial: Trial, file: Path, sandbox: str, device: str, uuid: str) -> Check:
    """Whether `gpufleet run --gpus` brings exactly that GPU into a job, by the way that a sandbox is declared with."""
    words = ["run", trial.name, "--inventory", str(file), "--sandbox", sandbox, "--gpus", device]
    status, _, output = commands.run([*words, "--", "sh", "-c", smi(SMI)])
    seen_there = status == 0 and uuids(output) == {uuid}
    return Check(f"a job like {sandbox} sees the one that it asks for itself", seen_there, output)

"""The same host with CUDA 12: its image beside the other one, and sandboxes that move there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu import seen
from tests.gpu.record import Check, Findings
from tests.gpu.steps.gpus import kernels, right_on
from tests.gpu.trial import RUNTIME, own_inventory

if TYPE_CHECKING:
    from tests.gpu.commands import Done
    from tests.gpu.trial import Trial


def moved(trial: Trial) -> Findings:
    """With cuda_image_cuda 12 sandboxes compute right by CUDA 12, and move back."""
    before = trial.image()
    there = _with(trial, 12)
    image, answer = trial.image(), kernels(trial.host, f"docker exec -i {RUNTIME}")
    back = _with(trial, int(before.rpartition(":")[2].partition("-")[0]))
    checks = [
        Check("apply moves the sandboxes to the image with CUDA 12", there.status == 0 and ":12-" in image, there.why),
        Check("kernels are right on the host's GPUs", right_on(answer, seen.uuids(trial.host)), str(answer)[:800]),
        Check("they were compiled by CUDA 12", str(answer.get("runtime")).startswith("12."), str(answer)[:800]),
        Check("apply moves them back", back.status == 0 and trial.image() == before, back.why),
    ]
    return Findings(checks, {"image": image, "kernels": answer, "apply": there.figures, "apply_back": back.figures})


def _with(trial: Trial, major: int) -> Done:
    """Apply with that CUDA; by itself a host stays with the one that it works with."""
    folder, declared = trial.folder / f"cuda{major}", {"cuda_image_cuda": major}
    file = own_inventory(trial.options, trial.name, trial.declared, folder, declared)
    return trial.gpufleet("apply", inventory=file)

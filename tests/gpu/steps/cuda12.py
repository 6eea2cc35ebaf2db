"""The same host with CUDA 12: its image beside the other one, and sandboxes that move there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu import seen
from tests.gpu.record import Check, Findings
from tests.gpu.steps.gpus import kernels, right_on
from tests.gpu.trial import RUNTIME, own_inventory

if TYPE_CHECKING:
    from tests.gpu.trial import Trial


def moved(trial: Trial) -> Findings:
    """With cuda_image_cuda 12 sandboxes compute right by CUDA 12, and move back."""
    before = trial.image()
    other = own_inventory(trial.options, trial.name, trial.declared, trial.folder / "cuda12", {"cuda_image_cuda": 12})
    there = trial.gpufleet("apply", inventory=other)
    image, answer = trial.image(), kernels(trial.host, f"docker exec -i {RUNTIME}")
    back = trial.gpufleet("apply")
    checks = [
        Check("apply moves the sandboxes to the image with CUDA 12", there.status == 0 and ":12-" in image, there.why),
        Check("kernels are right on the host's GPUs", right_on(answer, seen.uuids(trial.host)), str(answer)[:800]),
        Check("they were compiled by CUDA 12", str(answer.get("runtime")).startswith("12."), str(answer)[:800]),
        Check("apply moves them back", back.status == 0 and trial.image() == before, back.why),
    ]
    return Findings(checks, {"image": image, "kernels": answer, "apply": there.figures, "apply_back": back.figures})

"""`gpufleet bench` in a sandbox, beside the same program outside of any container."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.gpu.record import Findings
    from tests.gpu.trial import Trial


def inside_and_outside(trial: Trial) -> Findings:
    """Gpufleet bench in a sandbox reaches what the same program reaches outside."""
    raise NotImplementedError

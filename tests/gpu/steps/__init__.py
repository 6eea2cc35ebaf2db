"""The steps of a trial, in the order in which they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gpu.steps import bench, containerd, cuda12, drift, gpus, one, provision, remove, start, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.gpu.record import Findings
    from tests.gpu.trial import Trial

STEPS: Mapping[str, Callable[[Trial], Findings]] = {
    "apply": provision.apply,
    "again": provision.again,
    "check": provision.check,
    "verify": provision.verify,
    "gpus": gpus.in_sandboxes,
    "one": one.of_several,
    "dockerd": gpus.through_a_restart,
    "cdi": drift.stale_specification,
    "runtime": drift.runtime_removed,
    "start": start.start_times,
    "bench": bench.inside_and_outside,
    "containerd": containerd.with_its_runtime,
    "cuda12": cuda12.moved,
    "tidy": tidy.tidy,
    "remove": remove.taken_back,
}
"""By name; each function's docstring is its description."""
ASKED_FOR = ("containerd", "cuda12", "remove")
"""Those that are run only when they are named: they want more than the host needs, or leave nothing of it."""

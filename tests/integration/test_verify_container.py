"""The view of a container from both sides, and what is said when there is nothing to look into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import product

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

CASES = Path(__file__).with_name("container_cases.py")


def test_a_container_is_seen_from_both_sides(lab: Lab, converged: LabHost) -> None:
    converged.ssh("docker pull --quiet debian:trixie-slim")
    done = product.run(
        "pytest", "-p", "gpufleet.verify.plugin", f"--inventory={lab.inventory([converged])}", str(CASES)
    )
    assert done.status == 0, done.output
    assert "passed" in done.output

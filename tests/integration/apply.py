"""Apply deploy.py to lab hosts in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab import product

if TYPE_CHECKING:
    from tests.lab.host import LabHost
    from tests.lab.lab import Lab


def apply(lab: Lab, *hosts: LabHost, **variables: object) -> product.Done:
    """Run the stock pyinfra command with the unchanged deploy.py on these hosts."""
    return product.apply(lab.inventory(list(hosts), **variables))


def apply_well(lab: Lab, *hosts: LabHost, **variables: object) -> list[str]:
    """The same, and it must succeed; returns the names of the operations that changed something."""
    done = apply(lab, *hosts, **variables)
    assert done.status == 0, done.output
    assert done.operations, done.output
    return [name.rpartition(" | ")[2] for name in done.changed]

"""Fixtures of the integration tests: the running lab, and hosts that end with the test that asked for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.lab import owner, product, snapshots
from tests.lab.engine import SNAPSHOT_LOCK, EngineError
from tests.lab.lab import Lab
from tests.lab.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The lab that `python -m tests.lab up` started; what this session makes in it is removed at its end."""
    try:
        running = Lab.connect()
    except EngineError as error:
        pytest.fail(str(error))
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        running.reap()
        running.mirror.restore()  # a killed session may have left other keys served
    yield running
    running.remove_own()


@pytest.fixture
def fresh(lab: Lab) -> Iterator[LabHost]:
    """A new Debian 13 host, nothing installed yet (1.5 s)."""
    host = lab.host()
    yield host
    host.destroy()


@pytest.fixture(scope="session")
def converged_snapshot(lab: Lab) -> str:
    """A snapshot of a Debian 13 host on which deploy.py was applied with the defaults; one for all workers."""
    name = f"converged-{owner.this_session()}"
    with locked(lab.instance.data / SNAPSHOT_LOCK):
        if name not in snapshots.owners(lab.engine):
            host = lab.host()
            done = product.apply(lab.inventory([host]))
            assert done.status == 0, done.output
            host.snapshot(name, mark=owner.this_session())
            host.destroy()
    return name


@pytest.fixture
def converged(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """A host of its own for one test, on which deploy.py was applied with the defaults (4 s)."""
    host = lab.host(from_snapshot=converged_snapshot)
    yield host
    host.destroy()

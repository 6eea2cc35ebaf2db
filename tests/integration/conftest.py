"""Fixtures of the integration tests: the running lab, and hosts that end with the test that asked for them."""

from __future__ import annotations

import tests.unpatched  # noqa: F401  # isort: skip

from typing import TYPE_CHECKING

import pytest

from tests.integration import order
from tests.integration.daemon import Daemon
from tests.lab import owner, product, snapshots
from tests.lab.engine import SESSION_LOCK, SNAPSHOT_LOCKS, EngineError
from tests.lab.lab import Lab
from tests.lab.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which workers take files."""
    order.sort(items)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The lab that `python -m tests.lab up` started; what this session makes in it is removed at its end."""
    try:
        running = Lab.connect()
    except EngineError as error:
        pytest.fail(str(error))
    _begin(running)
    yield running
    running.remove_own()


def _begin(lab: Lab) -> None:
    """Take away what killed sessions left; the first worker does it, and the others begin after it.

    None may begin before: what it has the mirror serve would be taken for a killed session's.
    """
    last = lab.instance.data / SESSION_LOCK  # it holds whose session began last; whoever takes a lock may write to it
    with locked(last):
        if last.read_text() != owner.this_session():
            lab.reap()
            lab.mirror.restore()
            last.write_text(owner.this_session())


@pytest.fixture
def fresh(lab: Lab) -> Iterator[LabHost]:
    """A new Debian 13 host, nothing installed yet (1.5 s)."""
    host = lab.host()
    yield host
    host.destroy()


@pytest.fixture(scope="session")
def converged_snapshot(lab: Lab) -> str:
    """A snapshot of a Debian 13 host without a GPU on which deploy.py was applied; one for all workers."""
    return _converged(lab, "converged", gpus=0)


@pytest.fixture
def converged(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """A host without a GPU of its own for one test, on which deploy.py was applied (4 s)."""
    host = lab.host(from_snapshot=converged_snapshot)
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def daemon(lab: Lab, converged_snapshot: str) -> Iterator[Daemon]:
    """The dockerd of one such host for all tests of a module: each says what it is given."""
    host = lab.host(from_snapshot=converged_snapshot)
    yield Daemon(lab, host)
    host.destroy()


@pytest.fixture
def gpu_fresh(lab: Lab) -> Iterator[LabHost]:
    """A new Debian 13 host with a simulated GPU, nothing installed yet (2 s)."""
    host = lab.host()
    host.install_gpu()
    yield host
    host.destroy()


@pytest.fixture(scope="session")
def gpu_converged_snapshot(lab: Lab) -> str:
    """A snapshot of a Debian 13 host with a simulated GPU on which deploy.py was applied; one for all workers."""
    return _converged(lab, "gpu-converged", gpus=1)


@pytest.fixture
def gpu_converged(lab: Lab, gpu_converged_snapshot: str) -> Iterator[LabHost]:
    """A host with a simulated GPU of its own for one test, on which deploy.py was applied with the defaults."""
    host = lab.host(from_snapshot=gpu_converged_snapshot)
    yield host
    host.destroy()


def _converged(lab: Lab, name: str, *, gpus: int) -> str:
    """The name of a snapshot of a host with so many GPUs on which deploy.py was applied; made when missing."""
    name = f"{name}-{owner.this_session()}"
    with locked(lab.instance.data / SNAPSHOT_LOCKS[gpus]):
        if name not in snapshots.owners(lab.engine):
            host = lab.host()
            if gpus:
                host.install_gpu(count=gpus)
            done = product.apply(lab.inventory([host]))
            assert done.status == 0, done.output
            host.snapshot(name, mark=owner.this_session())
            host.destroy()
    return name

"""Fixtures of the integration tests: the running lab, and hosts that end with the test that asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.engine import EngineError
from tests.lab.lab import Lab

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
    running.reap()
    yield running
    running.remove_own()


@pytest.fixture
def lab_host(lab: Lab) -> Iterator[LabHost]:
    """A fresh Debian 13 host for one test."""
    host = lab.host()
    yield host
    host.destroy()

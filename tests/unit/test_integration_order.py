"""The order of the integration tests' files."""

from __future__ import annotations

from pathlib import Path

import tests.integration
from tests.integration.order import FIRST, SECONDS, rank

FOLDER = Path(tests.integration.__file__).parent


def test_every_file_that_the_order_names_is_there() -> None:
    assert {*FIRST, *SECONDS} <= {file.name for file in FOLDER.glob("test_*.py")}


def test_those_that_make_snapshots_come_first_then_unknown_ones_then_the_long_before_the_short() -> None:
    names = ["test_mirror.py", "test_new.py", *reversed(FIRST), "test_cuda_image.py"]
    assert sorted(names, key=rank) == [*FIRST, "test_new.py", "test_cuda_image.py", "test_mirror.py"]

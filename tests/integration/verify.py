"""Run `gpufleet verify` on lab hosts in a test, and read what it found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.lab import product

if TYPE_CHECKING:
    from pathlib import Path


def verify(inventory: Path, *arguments: str) -> product.Done:
    """Verify the hosts of an inventory; further arguments are pytest's."""
    return product.run("gpufleet", "verify", "--inventory", str(inventory), "--", "-rfE", *arguments)


def troubled(done: product.Done) -> set[str]:
    """The names of the tests that failed or could not be judged."""
    return set(re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)\[", done.output, re.MULTILINE))

"""What deploy.py imports is found without running it."""

from __future__ import annotations

import pytest

from gpufleet.run.preload import imports

PROGRAM = '''
"""A deploy."""
import os.path, json
from roles.platform.deploy import platform

def later():
    import somewhere

platform()
'''


def test_the_modules_at_the_top_are_found_in_order() -> None:
    assert list(imports(PROGRAM)) == ["os.path", "json", "roles.platform.deploy"]


def test_what_is_no_program_is_said_to_be_none() -> None:
    with pytest.raises(SyntaxError):
        list(imports("import"))

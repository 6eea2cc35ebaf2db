"""An older Python, as on Ubuntu 22.04: one line says what to do, however gpufleet is started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLDER = "import sys, runpy; sys.version_info = (3, 10, 12, 'final', 0); sys.argv[:] = {argv!r}; "
START = {
    "gpufleet": "from gpufleet.cli import main; sys.exit(main())",
    "inventory of plain pyinfra": "runpy.run_path('inventory.py')",
    "deploy of plain pyinfra": "runpy.run_path('deploy.py')",
    "verify": "import gpufleet.verify.plugin",
}


@pytest.mark.parametrize("start", START)
def test_an_older_python_is_told_in_one_line(start: str) -> None:
    program = OLDER.format(argv=["gpufleet", "check"]) + START[start]
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("gpufleet needs Python 3.11 or newer, and this is 3.10. On Ubuntu 22.04: ")
    assert "python3.11-venv" in line

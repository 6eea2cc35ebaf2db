"""Runs connection_cases.py by itself: pytest-xdist's workers do not survive gevent's patch of their threads."""

import subprocess
import sys
from pathlib import Path


def test_commands_on_this_machine_have_exact_results() -> None:
    cases = Path(__file__).with_name("connection_cases.py")
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "-q", str(cases)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout

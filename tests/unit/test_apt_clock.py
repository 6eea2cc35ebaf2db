"""The words that apt steps find for a clock that is behind."""

from __future__ import annotations

import subprocess

import pytest

from gpufleet.facts.scripts import script

LATE = "E: Release file for http://x/InRelease is not valid yet (invalid for another 3h 2min)."


@pytest.mark.parametrize("said", [LATE, "E: Failed to fetch http://x", "W: old\n" + LATE])
def test_a_clock_that_is_behind_is_named_before_apt_s_own_words(said: str) -> None:
    apt = f"apt_get() {{ cat <<'END'\n{said}\nEND\nreturn 100; }}\n"
    text = f"{script('apt.sh', 'gpufleet.operations.scripts')}\n{apt}update_lists\necho went on\n"
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("the clock of this host is behind (a Release file ") is ("not valid yet" in said)
    assert done.stderr.endswith(f"{said}\n")

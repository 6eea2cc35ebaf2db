"""What is WSL, by the rule for data and by the one in the scripts of apt steps."""

from __future__ import annotations

import itertools
import subprocess
from typing import TYPE_CHECKING

import pytest

from gpufleet.facts.scripts import script
from gpufleet.platform.wsl import GRAPHICS, INTEROP, KERNEL_RELEASE, version

if TYPE_CHECKING:
    from pathlib import Path

RELEASES = ("5.15.167.4-microsoft-standard-WSL2", "4.4.0-19041-Microsoft", "6.6.87-mine")
DRIVER = "Inst libcuda1 (580.82 NVIDIA [amd64])"
LATE = "E: Release file for http://x/InRelease is not valid yet (invalid for another 3h 2min)."


def machine(root: Path, *paths: str, release: str) -> None:
    """A folder with what tells WSL."""
    for path in (KERNEL_RELEASE, *paths):
        (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / path.lstrip("/")).touch()
    (root / KERNEL_RELEASE.lstrip("/")).write_text(f"{release}\n")


def run(root: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """apt.sh on that machine, and then a text."""
    apt = script("apt.sh", "gpufleet.operations.scripts")
    for path in (KERNEL_RELEASE, GRAPHICS, *INTEROP[:1], *INTEROP[2:]):  # the first is the beginning of the second
        assert path in apt
        apt = apt.replace(path, f"{root}{path}")
    return subprocess.run(["sh", "-c", f"{apt}\n{text}", "sh", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("release", "marks"),
    list(
        itertools.product(
            RELEASES, [[], [GRAPHICS], *([each] for each in INTEROP), *([GRAPHICS, each] for each in INTEROP)]
        )
    ),
)
def test_both_rules_tell_the_same(tmp_path: Path, release: str, marks: list[str]) -> None:
    machine(tmp_path, *marks, release=release)
    told = version(release, interop=any(mark in marks for mark in INTEROP), graphics=GRAPHICS in marks)
    done = run(tmp_path, "in_wsl || exit 7")
    assert done.returncode == (0 if told else 7), done.stderr


def test_a_machine_without_any_of_it_is_no_wsl(tmp_path: Path) -> None:
    assert run(tmp_path, "in_wsl || exit 7").returncode == 7


@pytest.mark.parametrize("marks", [[], [GRAPHICS, INTEROP[0]]], ids=["server", "own-kernel"])
def test_a_linux_driver_is_kept_from_wsl_with_a_kernel_of_its_own_too(tmp_path: Path, marks: list[str]) -> None:
    machine(tmp_path, *marks, release="6.6.87-mine")
    fakes = f"mend_dpkg() {{ :; }}; update_lists() {{ :; }}; apt_get() {{ echo '{DRIVER}'; }}\n"
    done = run(tmp_path, fakes + script("apt-wanted.sh", "gpufleet.operations.scripts"), "", "", "tree", "")
    assert done.returncode == (1 if marks else 0)
    assert ("apt would install a Linux driver (libcuda1)" in done.stderr) is bool(marks)


@pytest.mark.parametrize(
    ("marks", "way_out"), [([], "timedatectl"), ([GRAPHICS, INTEROP[1]], "hwclock")], ids=["server", "own-kernel"]
)
def test_a_clock_that_is_behind_has_the_way_out_of_the_machine(tmp_path: Path, marks: list[str], way_out: str) -> None:
    machine(tmp_path, *marks, release="6.6.87-mine")
    done = run(tmp_path, f'name_clock "{LATE}"')
    assert way_out in done.stdout

"""A checkout made on Windows, or for it under /mnt/c, whose text files end their lines with CR and LF."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOLD = """
import sys
sys.path.insert(0, "")
from hashlib import sha256
from pathlib import Path
import gpufleet
assert Path(gpufleet.__file__).is_relative_to(Path.cwd()), gpufleet.__file__
from gpufleet.facts.scripts import script
from gpufleet.images.recipe import content_hash
from roles.cuda_image.context import recipe
from roles.cuda_image.settings import CudaImageSettings

for package in ("gpufleet.facts", "gpufleet.operations.scripts", "gpufleet.daily.scripts"):
    for file in sorted(Path(package.replace(".", "/")).glob("*.[sp][hl]")):
        print(file.name, sha256(script(file.name, package).encode()).hexdigest())
own = CudaImageSettings(requirements="own.txt")
for major in (12, 13):
    print(major, content_hash(recipe(own, major, 1000, 1000)))
for name in ("docker_engine", "nvidia_container_toolkit", "sandbox", "platform"):
    __import__(f"roles.{name}.deploy")
from gpufleet.operations import before, files
print(files.WRITE, before.FUNCTIONS)
"""


def checkout(folder: Path, *, windows: bool) -> Path:
    """A copy of what hosts are sent, and of the code that sends it."""
    for name in ("gpufleet", "roles", "files"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "own.txt").write_text("requests==2.32.5\n")
    for path in folder.rglob("*"):
        if windows and path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    return folder


def told(folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", TOLD], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_scripts_and_images_are_the_same_out_of_a_checkout_of_windows(tmp_path: Path) -> None:
    plain = told(checkout(tmp_path / "plain", windows=False))
    assert "containers.sh" in plain
    assert "apt.sh" in plain
    assert told(checkout(tmp_path / "windows", windows=True)) == plain
    assert "\r" not in plain


def test_git_checks_out_the_same_line_ends_everywhere() -> None:
    asked = ["git", "check-attr", "eol", "--", "files/cuda_image/system.sh", "Makefile", ".ci/run", "hosts.yml"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    assert done.stdout.count("eol: lf") == 4

"""The locks hold every file that an image may need: each Python, each architecture."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from roles.cuda_image.context import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
ARCHITECTURES = ("x86_64", "aarch64")
GLIBC = range(17, 37)
"""Debian 12 has 2.36, the oldest of the bases."""


def _platforms(architecture: str) -> list[str]:
    names = [f"manylinux_2_{minor}_{architecture}" for minor in GLIBC]
    return [f"--platform={name}" for name in (*names, f"manylinux2014_{architecture}")]


def _resolved(requirements: Path, python: str, architecture: str, folder: Path) -> list[dict[str, Any]]:
    """What pip would install; it reads the index and downloads no more than it must."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed"]
    command += [
        "--only-binary=:all:",
        f"--python-version={python}",
        "--implementation=cp",
        f"--abi=cp{python.replace('.', '')}",
    ]
    command += ["--abi=abi3", "--abi=none", *_platforms(architecture), f"--target={folder / 'target'}"]
    done = subprocess.run(
        [*command, f"--report={report}", "-r", str(requirements)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(report.read_text())["install"]
    return found


def _needed(found: list[dict[str, Any]], top: Path, python: str, architecture: str) -> dict[str, SpecifierSet]:
    """What an image asks for by name: what is declared, and what that asks for in turn.

    pip evaluates markers for the machine on which it runs, whatever platform it is told to look for.
    """
    environment = {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": architecture}
    metadata = {canonicalize_name(item["metadata"]["name"]): item["metadata"] for item in found}
    lines = (line.partition("#")[0].strip() for line in top.read_text().splitlines())
    asked = [Requirement(line) for line in lines if line]
    needed: dict[str, SpecifierSet] = {}
    seen: set[tuple[str, str]] = set()
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        needed[name] = needed.get(name, SpecifierSet()) & requirement.specifier
        for extra in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            given = environment | {"extra": extra}
            further = map(Requirement, metadata.get(name, {}).get("requires_dist", []))
            asked += [each for each in further if each.marker is None or each.marker.evaluate(given)]
    return needed


@pytest.mark.slow
@pytest.mark.parametrize(("major", "python", "architecture"), [*product((12, 13), PYTHONS, ARCHITECTURES)])
def test_the_lock_holds_every_file_that_is_needed(major: int, python: str, architecture: str, tmp_path: Path) -> None:
    lock = (FOLDER / f"requirements-cuda{major}.lock").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    hashes = {
        name: set(re.findall(r"sha256:([0-9a-f]{64})", rest))
        for name, rest in re.findall(r"^([a-z0-9-]+)==\S+((?:.*\\\n)+.*)", lock, flags=re.MULTILINE)
    }
    # With hashes in it pip would download every file, 260 MB for each case; what it finds is compared here instead.
    without = tmp_path / "requirements.txt"
    without.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
    found = _resolved(without, python, architecture, tmp_path)
    assert {item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"] for item in found} == pins
    needed = _needed(found, FOLDER / f"requirements-cuda{major}.in", python, architecture)
    assert {"numpy", "numba-cuda", "llvmlite", "cuda-toolkit"} <= needed.keys()
    assert any(name.startswith("nvidia-nvjitlink") for name in needed), "what an extra asks for"
    wrong = {name for name, versions in needed.items() if name not in pins or not versions.contains(pins[name])}
    assert wrong == set()
    for item in found:
        name = item["metadata"]["name"].lower().replace("_", "-")
        assert item["download_info"]["archive_info"]["hashes"]["sha256"] in hashes[name], item["download_info"]["url"]

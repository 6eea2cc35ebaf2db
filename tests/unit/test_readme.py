"""The README names only what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from roles import SETTINGS

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
CODE = [*re.findall(r"`([^`\n]+)`", README), *re.findall(r"^    (\S.*)$", README, re.MULTILINE)]


def test_every_make_target_exists() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = {found for text in CODE for found in re.findall(r"\bmake ([a-z-]+)", text)}
    assert {"demo", "demo-down", "test", "install"} <= targets
    assert {target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()


def test_every_variable_exists() -> None:
    known = {name for model in SETTINGS for name in model.variables()}
    named = {name for text in CODE for name in re.findall(r"\b(?:docker_engine|platform)_[a-z_]+", text)}
    assert "docker_engine_version" in named
    assert named <= known


@pytest.mark.parametrize(
    "path",
    sorted({p for text in CODE for p in re.findall(r"(?<![\w/.])(?:tests|roles|gpufleet|docs)/[\w/]*[\w]", text)}),
)
def test_every_path_exists(path: str) -> None:
    assert (CHECKOUT / path).exists()


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (CHECKOUT / link).exists()] == []

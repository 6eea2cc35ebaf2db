"""The README names only what is there."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest
import yaml

from gpufleet.settings import Source, problems
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
    prefixes = "|".join(model.role for model in SETTINGS)
    named = {name for text in CODE for name in re.findall(rf"(?<![\w/.])(?:{prefixes})_[a-z_]+", text)}
    assert {"docker_engine_version", "platform_gpu", "cuda_image_cuda", "sandbox_gpu_request"} <= named
    assert named <= known


def test_the_example_of_an_inventory_can_be_used_as_it_stands() -> None:
    (block,) = re.findall(
        r"(?:^    .*\n)+", README[README.index("The same in `hosts.yml`") :].partition("## ")[0], re.MULTILINE
    )
    variables = yaml.safe_load(textwrap.dedent(block))["gpu_servers"]["vars"]
    assert {"platform_gpu", "sandbox_containers"} <= set(variables)
    assert problems([Source("README.md", variables)], SETTINGS) == []


def test_the_example_of_group_data_can_be_used_as_it_stands() -> None:
    (block,) = re.findall(r"^    # group_data/\w+\.py\n(?:^    .+\n)+", README, re.MULTILINE)
    tree = ast.parse(textwrap.dedent(block))
    variables = {line.targets[0].id: ast.literal_eval(line.value) for line in tree.body}  # type: ignore[attr-defined]
    assert "docker_engine_daemon" in variables
    assert problems([Source("README.md", variables)], SETTINGS) == []


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

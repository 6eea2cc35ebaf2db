"""docs/coverage.md names only what is there: settings, commands, pages, tests."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from gpufleet.cli import Parser, _parser, _split
from gpufleet.settings import nested_model
from roles import SETTINGS

CHECKOUT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in (CHECKOUT / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| *\d", line)
]
NUMBERED = pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])


def code(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


@cache
def names_of_tests(file: str) -> frozenset[str]:
    """Tests of a file under tests/, by function name."""
    tree = ast.parse((CHECKOUT / "tests" / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_step_has_its_row() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 19))
    assert {len(row) for row in ROWS} == {6}


@NUMBERED
def test_every_row_says_what_does_it_where_more_is_told_and_what_shows_it(row: list[str]) -> None:
    _, by_hand, here, page, shown, _ = row
    assert all((by_hand, here, page, shown))


@NUMBERED
def test_every_setting_exists_and_takes_the_value_that_is_shown(row: list[str]) -> None:
    fields = {name: (model, field) for model in SETTINGS for name, field in model.variables().items()}
    prefixes = tuple(f"{model.role}_" for model in SETTINGS)
    for text in code(row[2]):
        if text.startswith("gpufleet "):
            continue
        assert text.startswith(prefixes), f"{text} is neither a setting nor a command"
        name, _, value = text.partition(": ")
        variable, _, inner = name.partition(".")
        model, field = fields[variable]
        if inner:
            nested = nested_model(model.model_fields[field].annotation)
            assert nested
            assert inner in nested.model_fields
        if value:
            model.model_validate({field: value})


@NUMBERED
def test_every_command_can_be_typed(row: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_: Parser, message: str) -> None:
        raise ValueError(message)

    monkeypatch.setattr(Parser, "error", wrong)
    for command in [text for text in code(row[2]) if text.startswith("gpufleet ")]:
        own, _ = _split(shlex.split(command)[1:])
        assert _parser().parse_args(own).command == own[0]


@NUMBERED
def test_every_page_exists_and_each_setting_and_command_is_told_on_one_of_them(row: list[str]) -> None:
    pages = re.findall(r"\]\(([^)]+)\)", row[3])
    assert pages
    assert [page for page in pages if not (CHECKOUT / "docs" / page).is_file()] == []
    told = "".join((CHECKOUT / "docs" / page).read_text(encoding="utf-8") for page in pages)
    commands = [" ".join(text.split()[:2]) for text in code(row[2]) if text.startswith("gpufleet ")]
    settings = [text.partition(":")[0] for text in code(row[2]) if not text.startswith("gpufleet ")]
    assert [name for name in [*commands, *settings] if name.rpartition(".")[2] not in told] == []


@NUMBERED
def test_every_test_exists(row: list[str]) -> None:
    named = code(row[4])
    assert named
    for text in named:
        file, _, name = text.partition("::")
        assert name.startswith("test_"), text
        assert name in names_of_tests(file), text


@NUMBERED
def test_a_row_without_setting_or_command_says_that_nothing_is_to_be_set_or_done(row: list[str]) -> None:
    assert code(row[2]) or row[2].startswith("nothing")


@NUMBERED
def test_a_step_that_is_left_to_the_reader_is_said_not_to_be_done(row: list[str]) -> None:
    assert ("yourself" in row[2]) == row[5].startswith("not done")

"""What operations are called with: the stamp takes its hash for what was declared, so nothing observed may be in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gpufleet.finding import Difference
from gpufleet.stamp import fingerprint
from roles.platform.deploy import seen

ROOT = Path(__file__).parents[2]
OBSERVED = ("gpufleet.facts", "gpufleet.finding", "gpufleet.platform")
"""Modules whose classes hold what a host shows."""
GONE = Difference(kind="runtime", resource="GPU 0", expected="it answers", observed="it has fallen off the bus")


def observed_arguments(source: str) -> list[str]:
    """`operation(argument)` for each argument of a type that holds what a host shows; callables do not count."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports if (node.module or "").startswith(OBSERVED) for alias in node.names}
    return [
        f"{function.name}({argument.arg})"
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and any("operation" in ast.unparse(d) for d in function.decorator_list)
        for argument in [*function.args.args, *function.args.kwonlyargs]
        if argument.annotation and names & _counted(argument.annotation)
    ]


def _counted(annotation: ast.expr) -> set[str]:
    """The names in an annotation, those of callables left out."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Callable":
        return set()
    own = {annotation.id} if isinstance(annotation, ast.Name) else set()
    return own.union(*(_counted(each) for each in ast.iter_child_nodes(annotation) if isinstance(each, ast.expr)))


FILES = [*ROOT.glob("roles/**/*.py"), *ROOT.glob("gpufleet/operations/**/*.py")]


@pytest.mark.parametrize("path", sorted(str(path.relative_to(ROOT)) for path in FILES))
def test_no_operation_takes_what_a_host_shows_as_if_it_were_declared(path: str) -> None:
    assert observed_arguments((ROOT / path).read_text(encoding="utf-8")) == []


def test_an_operation_that_takes_differences_is_told_from_one_that_takes_a_callable() -> None:
    source = """
from gpufleet.finding import Difference
@operation()
def one(a: list[Difference], *, b: int, c: Difference | None): ...
@operation()
def other(a: list[Callable[[], Difference]]): ...
def none(a: Difference): ...
"""
    assert observed_arguments(source) == ["one(a)", "one(c)"]


def test_what_a_refused_host_shows_is_not_in_the_hash_of_what_was_declared_for_it() -> None:
    """The stamps of hosts that were in line hold the hash of no refusal at all."""
    assert fingerprint([[], {"refused": seen([GONE])}]) == fingerprint([[], {"refused": []}])
    assert [each() for each in seen([GONE])] == [GONE]

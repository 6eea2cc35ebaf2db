"""The roles' variables as declared in hosts.yml and group_data/, checked before any host is asked anything."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpufleet.inventory.convert import has_template
from gpufleet.inventory.errors import InventoryError, Place, shown
from gpufleet.inventory.tree import Variable
from gpufleet.settings import Source, problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gpufleet.inventory.tree import Tree
    from gpufleet.settings import RoleSettings

    Models = Sequence[type[RoleSettings]]


def check_tree(tree: Tree, models: Models) -> None:
    """Check what hosts.yml declares.

    Raises:
        InventoryError: one line for each variable that cannot be used.
    """
    declared = [list(group.variables.values()) for group in tree.groups.values()]
    declared += [list(tree.values(host).values()) for host in tree.hosts]
    _refuse(line for variables in declared for line in _problems(variables, models))


def check_group_data(directories: Iterable[Path], models: Models) -> None:
    """Check what the files of group_data declare.

    The files are read, not run: pyinfra runs them later, and they may ask for a password. So a value that is worked
    out when the file runs is known by its name only; the roles check it when they load it.

    Args:
        directories: the folders named group_data.
        models: the settings of all roles.

    Raises:
        InventoryError: one line for each variable that cannot be used, or a file is not Python.
    """
    files = sorted({file.resolve() for directory in directories for file in directory.glob("*.py")})
    _refuse(line for file in files for line in _problems(list(_assignments(file, models)), models))


def given_group_data() -> list[Path]:
    """The folders that the pyinfra command was given as `--group-data`."""
    return [Path(folder) for folder in _given("group_data")]


def check_command_line(models: Models) -> None:
    """Check what the pyinfra command was given as `--data name=value`.

    Raises:
        InventoryError: one line for each variable that cannot be used.
    """
    pairs = [pair.partition("=") for pair in _given("data")]
    if not pairs:
        return
    # Imported only under the pyinfra command, which has it loaded: the values have to be read as it reads them.
    from pyinfra_cli.util import parse_cli_arg  # noqa: PLC0415

    variables = {name: parse_cli_arg(value) for name, _, value in pairs}
    _refuse(problems([Source("--data", variables)], models))


def _given(option: str) -> Sequence[str]:
    """The values of one option of the pyinfra command; none under another command."""
    context = click.get_current_context(silent=True)
    return (context.params.get(option) or ()) if context else ()


def _refuse(lines: Iterable[str]) -> None:
    found = list(dict.fromkeys(lines))
    if found:
        raise InventoryError("\n".join(found))


def _problems(variables: Sequence[Variable], models: Models) -> Iterator[str]:
    """Check the variables of one place; the settings name the variable, its line is added here."""
    ours = [variable for variable in variables if _has_prefix(variable.name, models)]
    for variable in ours:
        if has_template(variable.value):
            yield f"{variable.place}: {variable.name}: templates are not evaluated; write the value itself"
            return
    places = {variable.name: variable.place for variable in ours}
    source = Source("", {variable.name: variable.value for variable in ours})
    for line in problems([source], models):
        message = line.removeprefix(": ")
        name = message.partition(":")[0].partition("[")[0]
        yield f"{places.get(name, ours[0].place if ours else '')}: {message}"


def _has_prefix(name: str, models: Models) -> bool:
    return any(name.startswith(f"{model.role}_") for model in models)


def _assignments(file: Path, models: Models) -> Iterator[Variable]:
    known = {name for model in models for name in model.variables()}
    try:
        module = ast.parse(file.read_text(encoding="utf-8"), str(file))
    except SyntaxError as error:
        raise InventoryError(f"{shown(file)}, line {error.lineno}: not valid Python: {error.msg}") from None
    for name, value, line in _names(module.body):
        place = Place(shown(file), line)
        try:
            yield Variable(name, ast.literal_eval(value), place)
        except ValueError:
            if name not in known:
                yield Variable(name, ast.unparse(value), place)


def _names(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr, int]]:
    """Find the names that a file binds, in branches too, but not within functions and classes."""
    for statement in body:
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _names(getattr(statement, part, ()))
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            for target in targets:
                if isinstance(target, ast.Name) and statement.value:
                    yield target.id, statement.value, statement.lineno

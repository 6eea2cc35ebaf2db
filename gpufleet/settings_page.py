"""Writes docs/settings.md from the settings models: `python -m gpufleet.settings_page MODULE:NAME`."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic_core import PydanticUndefined

from gpufleet.settings import nested_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from gpufleet.settings import RoleSettings

INTRODUCTION = """\
# Settings

Every variable can stand in `group_data/<group>.py`, in `hosts.yml` (under a group's or the whole inventory's `vars`, or
at a host), or on plain pyinfra's command line (`--data name=value`). This page is written by `make docs` from the
settings models.
"""


def page(models: Iterable[type[RoleSettings]]) -> str:
    """The reference page.

    Args:
        models: the settings of all roles, in the order of the page.

    Returns:
        Markdown, one table a role, with a final newline.
    """
    return "\n".join([INTRODUCTION, *(_section(model) for model in models)])


def _section(model: type[RoleSettings]) -> str:
    rows = (_row(name, model.model_fields[field]) for name, field in model.variables().items())
    head = ["| variable | type | default | what it does |", "|---|---|---|---|"]
    summary = (model.__doc__ or "").strip().splitlines()[0]
    return "\n".join([f"## {model.role}", "", summary, "", *head, *rows, "", *_nested(model)])


def _nested(model: type[RoleSettings]) -> Iterator[str]:
    """A table for each variable that maps names to things with fields of their own."""
    for name, field in model.variables().items():
        inside = nested_model(model.model_fields[field].annotation)
        if inside and issubclass(model, inside):
            fields = ", ".join(f"`{each}`" for each in inside.model_fields)
            yield f"Each of `{name}` has the fields {fields}, which mean what the role's variables of these names do."
            yield from ("One that is left out is as that variable says.", "")
        elif inside:
            rows = (_row(each, inner) for each, inner in inside.model_fields.items())
            yield from (f"Each of `{name}` has these fields, all of which may be left out:", "")
            yield from ("| field | type | default | what it does |", "|---|---|---|---|", *rows, "")


def _row(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    shown = "(required)" if default is PydanticUndefined else f"`{json.dumps(default, default=_given)}`"
    cells = [f"`{name}`", f"`{_type(field.annotation)}`", shown, field.description or ""]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _given(model: BaseModel) -> dict[str, Any]:
    """What was given of a model, without what is left at its default."""
    return model.model_dump(exclude_unset=True)


def _type(annotation: Any) -> str:  # noqa: ANN401  (a type expression has no type of its own)
    """A type expression as a person reads it: `auto | docker`, `list[str]`."""
    if annotation is type(None):
        return "null"
    if get_origin(annotation) is Annotated:
        return _type(get_args(annotation)[0])
    arguments = get_args(annotation)
    if not arguments:
        return annotation.__name__ if isinstance(annotation, type) else json.dumps(annotation)
    if get_origin(annotation) in {list, dict, tuple}:
        inner = ", ".join(_type(argument) for argument in arguments)
        return f"{get_origin(annotation).__name__}[{inner}]"
    return " | ".join(_type(argument) for argument in arguments)


def main() -> None:
    """Print the page for the models that the one argument names, as in `roles:SETTINGS`."""
    module, _, name = sys.argv[1].partition(":")
    sys.stdout.write(page(getattr(import_module(module), name)))


if __name__ == "__main__":
    main()

"""Typed settings: what can be declared about a host, and what is wrong with what was declared.

Each role has one pydantic model. Its field `version` in role `docker_engine` is the flat variable
`docker_engine_version` in group_data/, hosts.yml or `--data`, so pyinfra's own precedence applies unchanged.
Variables that carry no role's prefix are nobody's business here and pass through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails


class SettingsError(ValueError):
    """One or more variables cannot be used; the message holds one line for each."""


class RoleSettings(BaseModel):
    """Base of every role's settings; `role` is the prefix of its variables."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    role: ClassVar[str]

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The flat variable names of this role, each with its field's name."""
        return {f"{cls.role}_{field}": field for field in cls.model_fields}


LONGEST = 60
"""Characters of a text that an error shows."""
UNKNOWN = "extra_forbidden"
CONTAINERS = {"dict_type", "list_type", "model_type"}
"""pydantic's words for an unknown name, and for a value that is no mapping or list where one belongs."""
KINDS = {dict: "a mapping", list: "a list", str: "text", bool: "yes or no", int: "a number", float: "a number"}
Model = TypeVar("Model", bound=RoleSettings)


@dataclass(frozen=True)
class Source:
    """Variables as they stand in one place.

    Attributes:
        place: file and group or host, for messages: `hosts.yml, group gpu` or `group_data/all.py`.
        variables: flat names and values.
    """

    place: str
    variables: Mapping[str, object]


def load(model: type[Model], data: Mapping[str, object]) -> Model:
    """Build one role's settings from a host's flat data.

    Args:
        model: the role's settings class.
        data: everything known of the host; foreign variables are ignored.

    Returns:
        The settings, defaults filled in.

    Raises:
        SettingsError: a value has the wrong type or contradicts another.
    """
    fields = model.variables()
    try:
        return model(**{fields[name]: value for name, value in data.items() if name in fields})
    except ValidationError as error:
        lines = (_line(model, details) for details in error.errors())
        raise SettingsError("\n".join(lines)) from None


def problems(sources: Iterable[Source], models: Sequence[type[RoleSettings]]) -> list[str]:
    """Everything wrong with variables as written, before any host is asked anything.

    Contradictions are sought within one place only; between places they show when a host's values are merged (`load`).

    Args:
        sources: the places where variables stand.
        models: the settings of all roles.

    Returns:
        One line per problem: place, variable, value (only its kind where it may be a secret), and the nearest right
        name or what is allowed.
    """
    return [f"{source.place}: {line}" for source in sources for line in _problems(source.variables, models)]


def _problems(variables: Mapping[str, object], models: Sequence[type[RoleSettings]]) -> Iterator[str]:
    for model in models:
        for name, value in variables.items():
            if name.startswith(f"{model.role}_") and name not in model.variables():
                shown = _shown(name, value, UNKNOWN)
                yield f"{name}: {shown}: there is no such variable{_nearest(name, model)}"
        try:
            load(model, variables)
        except SettingsError as error:
            yield from str(error).splitlines()


def _nearest(name: str, model: type[RoleSettings]) -> str:
    # Without the prefix, which all share and which would make any two names look alike.
    matches = get_close_matches(name.removeprefix(f"{model.role}_"), model.model_fields, n=1)
    return f"; did you mean {model.role}_{matches[0]}?" if matches else "; docs/settings.md lists them"


def _line(model: type[RoleSettings], details: ErrorDetails) -> str:
    """One validation error as a sentence that names the variable and, where it is no secret, the value at fault."""
    message = details["msg"].removeprefix("Value error, ")
    if not details["loc"]:
        return message
    name = f"{model.role}_{details['loc'][0]}"
    path, inside = _path(model, details["loc"])
    if details["type"] == UNKNOWN and inside:
        matches = get_close_matches(str(details["loc"][-1]), inside.model_fields, n=1, cutoff=0.5)
        message = f"there is no such field; did you mean {matches[0]}?" if matches else "there is no such field"
        message += f" (there are {', '.join(inside.model_fields)})" if not matches else ""
    hidden = "environment" in details["loc"]
    return f"{name}{path}: {'(hidden)' if hidden else _shown(name, details['input'], details['type'])}: {message}"


def _path(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[str, type[BaseModel] | None]:
    """Where an error is, as `['lab'].ports[0]`, and the model around it where that is a nested one."""
    nested = nested_model(model.model_fields[str(loc[0])].annotation)
    text = ""
    for position, part in enumerate(loc[1:]):
        if part == "[key]":  # pydantic's word for the key of a mapping, which stands before it
            continue
        text += f".{part}" if nested and position == 1 else f"[{part!r}]"
    return text, nested


def nested_model(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  (a type expression has no type of its own)
    """The model in a mapping of models, `dict[str, Model]`; None for every other type."""
    arguments = get_args(annotation)
    last = arguments[-1] if get_origin(annotation) is dict else None
    return last if isinstance(last, type) and issubclass(last, BaseModel) else None


def _shown(name: str, value: object, error: str = "") -> str:
    """A value as a person wrote it, or only what kind of value it is where it may hold a secret.

    That is so for whatever stands where nothing is known, for lists and mappings, and for text where they belong: a
    misspelt `environment` or JSON in quotes is full of passwords.
    """
    if any(part in name for part in ("password", "proxy")) or ("repository" in name and "@" in str(value)):
        return "(hidden)"
    plain = value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and _plain(value, error))
    return repr(value) if plain and error != UNKNOWN else f"({KINDS.get(type(value), 'hidden')})"


def _plain(text: str, error: str) -> bool:
    return len(text) <= LONGEST and bool(error not in CONTAINERS or re.fullmatch(r"[\w.@:/-]+", text))

"""Typed settings: what can be declared about a host, and what is wrong with what was declared.

Each role has one pydantic model. Its field `version` in role `docker_engine` is the flat variable
`docker_engine_version` in group_data/, hosts.yml or `--data`, so pyinfra's own precedence applies unchanged.
Variables that carry no role's prefix are nobody's business here and pass through.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

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
        lines = (_line(model, data, details) for details in error.errors())
        raise SettingsError("\n".join(lines)) from None


def problems(sources: Iterable[Source], models: Sequence[type[RoleSettings]]) -> list[str]:
    """Everything wrong with variables as written, before any host is asked anything.

    Contradictions are sought within one place only; between places they show when a host's values are merged (`load`).

    Args:
        sources: the places where variables stand.
        models: the settings of all roles.

    Returns:
        One line per problem: place, variable, value, and the nearest right name or what is allowed.
    """
    return [f"{source.place}: {line}" for source in sources for line in _problems(source.variables, models)]


def _problems(variables: Mapping[str, object], models: Sequence[type[RoleSettings]]) -> Iterator[str]:
    for model in models:
        for name, value in variables.items():
            if name.startswith(f"{model.role}_") and name not in model.variables():
                yield f"{name}: {_shown(name, value)}: there is no such variable{_nearest(name, model)}"
        try:
            load(model, variables)
        except SettingsError as error:
            yield from str(error).splitlines()


def _nearest(name: str, model: type[RoleSettings]) -> str:
    # Without the prefix, which all share and which would make any two names look alike.
    matches = get_close_matches(name.removeprefix(f"{model.role}_"), model.model_fields, n=1)
    return f"; did you mean {model.role}_{matches[0]}?" if matches else "; docs/settings.md lists them"


def _line(model: type[RoleSettings], data: Mapping[str, Any], details: ErrorDetails) -> str:
    """One validation error as a sentence that names the variable and its value."""
    message = details["msg"].removeprefix("Value error, ")
    if not details["loc"]:
        return message
    name = f"{model.role}_{details['loc'][0]}"
    path = "".join(f"[{part!r}]" for part in details["loc"][1:])
    return f"{name}{path}: {_shown(name, data.get(name))}: {message}"


def _shown(name: str, value: object) -> str:
    secret = any(part in name for part in ("password", "proxy", "repository")) and "@" in str(value)
    return "(hidden)" if secret or "password" in name or "proxy" in name else repr(value)

"""The last guard before anything is shown: secrets are hidden in every text of a report. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any, TypeVar

from gpufleet.secret_texts import hidden

T = TypeVar("T")


def guarded(report: T) -> T:
    """A report, or a part of one, without the secrets that its texts hold.

    Args:
        report: plain data, as in `gpufleet.report.model`.
    """
    safe: T = _guarded(report)
    return safe


def _guarded(value: Any) -> Any:  # noqa: ANN401 - whatever a report holds
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, tuple):
        return tuple([_guarded(item) for item in value]) if value else value
    if isinstance(value, list):
        return [_guarded(item) for item in value]
    if isinstance(value, Mapping):
        return {_guarded(key): _guarded(item) for key, item in value.items()}
    return _replaced(value) if is_dataclass(value) and not isinstance(value, type) else value


def _replaced(value: Any) -> Any:  # noqa: ANN401 - see above
    """The same object where nothing in it had to be hidden, which is nearly always."""
    held = {name: item for name, item in vars(value).items() if item is not None and not isinstance(item, int | float)}
    safe = {name: _guarded(item) for name, item in held.items()}
    return value if safe == held else replace(value, **safe)

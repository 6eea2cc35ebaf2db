"""The inventory of a trial: the user's own, with settings for the one host on top. Pure but for writing it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = '''\
"""Written by a trial (python -m tests.gpu): another inventory, with settings for one host on top."""

import json as _json
import runpy as _runpy

_ORIGINAL = {original!r}
_HOST = {host!r}
_VARIABLES = _json.loads({variables!r})


def _with_variables(entry):
    name, data = entry if isinstance(entry, tuple) else (entry, {{}})
    return (name, {{**data, **_VARIABLES}}) if name == _HOST else entry


def _group(value):
    if isinstance(value, tuple):
        return ([_with_variables(entry) for entry in value[0]], *value[1:])
    return [_with_variables(entry) for entry in value]


_groups = _runpy.run_path(_ORIGINAL) if _ORIGINAL else {{"all": [_HOST]}}
globals().update(
    {{
        name: _group(value)
        for name, value in _groups.items()
        if not name.startswith("_") and isinstance(value, (list, tuple))
    }}
)
'''


def text(original: str | None, host: str, variables: Mapping[str, Any]) -> str:
    """The Python file that pyinfra reads.

    Args:
        original: absolute path of the inventory that it is made from; None for one that is just that host.
        host: name of the host there.
        variables: settings for it, before those of the inventory.
    """
    return TEMPLATE.format(original=original, host=host, variables=json.dumps(dict(variables)))


def write(folder: Path, original: str, host: str, variables: Mapping[str, Any]) -> Path:
    """Write it under the original's name, beside a link to the original's group data.

    Args:
        folder: made when missing.
        original: path of the inventory, or a host's name as pyinfra takes it.
        host: name of the host.
        variables: settings for it.

    Returns:
        Its path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = Path(original).resolve() if Path(original).is_file() else None
    beside = folder / "group_data"
    beside.unlink(missing_ok=True)
    if source and (source.parent / "group_data").is_dir():
        beside.symlink_to(source.parent / "group_data")
    file = folder / (source.name if source else "inventory.py")
    file.write_text(text(str(source) if source else None, host, variables), encoding="utf-8")
    return file

"""The stamp: what was declared for a host when it was last brought in line. Pure.

It tells "reality moved" from "the repository moved on", per item, and since when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Collection

FORMAT = 1
WRITTEN = (date, time, timedelta, Decimal, UUID, IPv4Address, IPv4Network, IPv6Address, IPv6Network)
"""Types whose values are what they read as."""
BESIDE = MappingProxyType({"declared": False})
"""Metadata of a dataclass's field that says nothing of what a host is to become, only of the way there."""


@dataclass(frozen=True)
class Stamp:
    """What a host remembers of the last apply that changed anything.

    Attributes:
        items: for each operation, by its id, the hash of what was declared.
        version: of gpufleet.
        revision: of the deploy repository; information only, two stamps that differ in it alone are equal.
        changed_at: when something last changed, ISO 8601 in UTC; information only as well.
    """

    items: dict[str, str]
    version: str
    revision: str | None = field(default=None, compare=False)
    changed_at: str | None = field(default=None, compare=False)


def render(stamp: Stamp) -> bytes:
    """The stamp as a file."""
    return (json.dumps({"format": FORMAT, **asdict(stamp)}, indent=2, sort_keys=True) + "\n").encode()


def parse(content: bytes) -> Stamp | None:
    """A stamp from its file, None when it is damaged or of a format not known here (it is then written anew)."""
    found = _loaded(content)
    if found.pop("format", None) != FORMAT:
        return None
    try:
        stamp = Stamp(**found)
    except TypeError:
        return None
    return stamp if _well_typed(stamp) else None


def of_newer_format(content: bytes) -> bool:
    """Whether a file that is no stamp here was written by a newer gpufleet."""
    number = _loaded(content).get("format")
    return isinstance(number, int) and number > FORMAT


def _loaded(content: bytes) -> dict[str, Any]:
    """The object of a JSON file; an empty one for anything else."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _well_typed(stamp: Stamp) -> bool:
    """Whether a stamp holds what its class says: the file may have been anybody's."""
    items, texts = stamp.items, (stamp.revision, stamp.changed_at)
    if not isinstance(items, dict) or not all(isinstance(value, str) for value in items.values()):
        return False
    return isinstance(stamp.version, str) and all(text is None or isinstance(text, str) for text in texts)


def limited(items: Mapping[str, str], known: Stamp | None, roles: Collection[str]) -> dict[str, str]:
    """The hashes that a stamp holds after a run that was limited to some roles.

    Args:
        items: what the run declared, of these roles and perhaps of others.
        known: the stamp before it; None where there was none.
        roles: their names, `docker_engine`.
    """
    others = {name: value for name, value in (known.items if known else {}).items() if role_of(name) not in roles}
    return {**others, **{name: value for name, value in items.items() if role_of(name) in roles}}


def role_of(item: str) -> str:
    """The role of an item, by its id: `docker_engine` of `docker-engine.install-docker-s-packages`."""
    return item.partition(".")[0].replace("-", "_")


def fingerprint(declared: Any) -> str:  # noqa: ANN401  (the arguments of any operation)
    """A short hash of what an operation was given, the same in every process.

    Args:
        declared: plain data, bytes, files by their content, paths, dataclasses, pydantic models; of other objects only
            the type counts. Callables do not count, they declare nothing.
    """
    return sha256(json.dumps(_plain(declared), sort_keys=True).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(part) for key, part in value.items() if not callable(part)}
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_plain(part) for part in value if not callable(part)]
        return sorted(parts, key=repr) if isinstance(value, set | frozenset) else parts
    if isinstance(value, bytes | bytearray):
        return sha256(value).hexdigest()
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    if is_dataclass(value) and not isinstance(value, type):
        counted = [each.name for each in fields(value) if each.metadata != BESIDE]
        return {name: _plain(getattr(value, name)) for name in counted}
    return value if value is None or isinstance(value, str | int | float | bool) else _of_object(value)


def _of_object(value: Any) -> Any:  # noqa: ANN401
    """Never its `repr`: that may hold an address, which is another one in every process."""
    if isinstance(value, PathLike):
        return _plain(value.__fspath__())
    if isinstance(value, WRITTEN):
        return str(value)
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, Enum):
        return [kind, _plain(value.value)]
    content = _content(value)
    return kind if content is None else sha256(content).hexdigest()


def _content(value: Any) -> bytes | None:  # noqa: ANN401
    """What a file-like object holds, which keeps its position; None for another object, or a file not to be read."""
    try:
        if hasattr(value, "getvalue"):
            held = value.getvalue()
        elif hasattr(value, "read") and value.seekable():
            position = value.tell()
            value.seek(0)
            held = value.read()
            value.seek(position)
        else:
            return None
    except (AttributeError, OSError, TypeError, ValueError):  # closed, for writing only, or no file after all
        return None
    return held.encode(errors="surrogatepass") if isinstance(held, str) else bytes(held)

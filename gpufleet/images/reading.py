"""Images and containers, from the lists that dockerd's API gives of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from gpufleet.images.present import Container, Image

UNTAGGED = "<none>:<none>"
"""How older daemons name an image that has no name."""


def images(text: str) -> tuple[Image, ...]:
    """What stands at `/images/json`.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    return tuple(
        Image(
            str(found["Id"]),
            tuple(name for name in found.get("RepoTags") or () if name != UNTAGGED),
            found.get("Labels") or {},
            datetime.fromtimestamp(int(found.get("Created", 0)), UTC).isoformat(),
            int(found.get("Size", 0)),
        )
        for found in _list(text)
    )


def containers(text: str) -> tuple[Container, ...]:
    """What stands at `/containers/json`.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    return tuple(Container(_name(found), str(found["ImageID"]), found.get("Labels") or {}) for found in _list(text))


def _name(found: dict[str, Any]) -> str:
    """Its own among the names that others have for it (`/other/alias`)."""
    names = [name.removeprefix("/") for name in found.get("Names") or ()]
    return next((name for name in names if "/" not in name), "")


def _list(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)
    if not isinstance(found, list):
        raise TypeError(f"not a list: {text[:80]}")
    return found

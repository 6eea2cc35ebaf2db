"""Images and containers, from what `docker inspect` prints."""

from __future__ import annotations

import json
from typing import Any

from gpufleet.images.present import Container, Image


def image(text: str) -> Image:
    """An image from the JSON that `docker image inspect` prints for it.

    Raises:
        ValueError: it is something else.
    """
    found = _object(text)
    config = found.get("Config") or {}
    return Image(
        str(found["Id"]),
        tuple(found.get("RepoTags") or ()),
        config.get("Labels") or {},
        str(found.get("Created", "")),
        int(found.get("Size", 0)),
    )


def container(text: str) -> Container:
    """A container from the JSON object with the keys `Name`, `Image` and `Labels`.

    Raises:
        ValueError: it is something else.
    """
    found = _object(text)
    return Container(str(found["Name"]).removeprefix("/"), str(found["Image"]), found.get("Labels") or {})


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError(f"not an object: {text[:80]}")
    return found

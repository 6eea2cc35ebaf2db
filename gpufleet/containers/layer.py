"""What a container has written outside its mounts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """The contents of a writable layer.

    Attributes:
        paths: how many files and folders were added, changed or removed.
        size: bytes, None when Docker does not say.
    """

    paths: int
    size: int | None

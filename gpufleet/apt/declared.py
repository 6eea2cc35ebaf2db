"""What several roles let be declared about a vendor's repository, and when it cannot be used as such. Pure."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from gpufleet.apt.versions import at_least


def a_fingerprint(value: str) -> str:
    """A primary key's fingerprint in the form in which fingerprints are compared.

    Args:
        value: 40 hexadecimal digits, with or without blanks.

    Raises:
        ValueError: it is none.
    """
    compact = value.replace(" ", "").upper()
    if not re.fullmatch(r"[0-9A-F]{40}", compact):
        raise ValueError("not a fingerprint: 40 hexadecimal digits are needed")
    return compact


def a_repository(value: str) -> str:
    """A repository's URL without a slash at its end.

    Args:
        value: http or https, with a path.

    Raises:
        ValueError: it is none, or holds credentials.
    """
    if not re.fullmatch(r"https?://[^\s/]+/[^\s/]\S*", value):
        raise ValueError("not an http or https URL with a path, as https://mirror.example.org/docker")
    if "@" in value:
        raise ValueError("no credentials here: apt on the host takes them from /etc/apt/auth.conf.d")
    return value.rstrip("/")


Fingerprint = Annotated[str, AfterValidator(a_fingerprint)]
"""A setting that `a_fingerprint` takes."""
Repository = Annotated[str, AfterValidator(a_repository)]
"""A setting that `a_repository` takes."""


def a_version(value: str, floor: tuple[int, ...], example: str) -> str:
    """A package version that is new enough.

    Args:
        value: full package version, or as much of it as is wanted.
        floor: numbers of the oldest that is supported, as `(23, 0)`.
        example: of a version, for messages.

    Raises:
        ValueError: it is none, or too old.
    """
    if not re.fullmatch(r"\d[A-Za-z0-9.+~:-]*", value):
        raise ValueError(f"not a version: it starts with a digit, as {example} does")
    if not at_least(value, floor):
        raise ValueError(f"too old: {'.'.join(map(str, floor))} is the oldest that is supported")
    return value

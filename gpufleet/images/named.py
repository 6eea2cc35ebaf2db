"""The images that are declared for a host, by their names. Pure."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

References: TypeAlias = "Mapping[str | None, str | None]"
"""Repository and tag of each declared image by its name, None being that of the one without a name; None in their place
where the host is to have none."""
ALIKE = 0.75
"""How much of two names is the same (difflib's ratio) where one is likely the other misspelt: `devl` and `devel` have
0.89, `python` and `pytorch`, which are two things, 0.62."""


class ImageOfHost(NamedTuple):
    """A declared image.

    Attributes:
        reference: its repository and tag; None where the host is to have none.
        why: that one, or none.
    """

    reference: str | None
    why: str


def can_be_a_name(image: str) -> bool:
    """Whether it can be meant as the name of a declared image: without registry, repository's owner, tag and digest.

    Args:
        image: as a person wrote it.
    """
    return re.search(r"[/:@]", image) is None


def meant(image: str, names: Collection[str]) -> str | None:
    """The declared name that somebody has likely misspelt; None for that of a declared image or of one of Docker's.

    Args:
        image: as a person wrote it.
        names: those that are declared.
    """
    if image in names or not can_be_a_name(image):
        return None
    return next(iter(get_close_matches(image.lower(), sorted(names), n=1, cutoff=ALIKE)), None)

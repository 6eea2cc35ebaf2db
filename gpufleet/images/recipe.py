"""What an image is built from, and the name that follows from it: an edited input is another image by itself."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_LABEL = "gpufleet.content"
"""Label that holds the content hash, 64 hexadecimal digits."""
ROLE_LABEL = "gpufleet.image"
"""Label that holds the name of the role that declares the image."""
CUDA_LABEL = "gpufleet.cuda"
"""Label that holds the CUDA major, `12` or `13`; containers inherit it."""
BASE_LABEL = "gpufleet.base"
"""Label that holds the base as it was declared."""
DIGEST_LABEL = "gpufleet.base.digest"
"""Label that holds what the base was when the image was built; no part of the content hash."""

TAG_DIGITS = 12
"""Digits of the content hash in a tag."""

_OURS = re.compile(rf"gpufleet/[a-z]+:\w+-([0-9a-f]{{{TAG_DIGITS}}})")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what an image becomes.

    Attributes:
        base: reference of the image that it is built on, as declared.
        files: the build context, text by name, `Dockerfile` among them.
        arguments: build arguments by name, the base left out.
    """

    base: str
    files: Mapping[str, str]
    arguments: Mapping[str, str]


def content_hash(recipe: Recipe) -> str:
    """The hash of everything in a recipe, 64 hexadecimal digits; the order of files and arguments has no part in it."""
    parts = [recipe.base, dict(recipe.files), dict(recipe.arguments)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def reference(repository: str, variant: str, content: str) -> str:
    """Repository and tag of an image.

    Args:
        repository: as `gpufleet/cuda`.
        variant: what its tag begins with, as `12`.
        content: its content hash.
    """
    return f"{repository}:{variant}-{content[:TAG_DIGITS]}"


def misnamed(name: str, labels: Mapping[str, str]) -> bool:
    """Whether a name made by `reference` stands for an image of other content.

    Args:
        name: repository and tag; any other name than one of ours is never wrong.
        labels: of the image that it stands for.
    """
    told = _OURS.fullmatch(name)
    return bool(told) and not labels.get(CONTENT_LABEL, "").startswith(told[1] if told else "")


def archive(files: Mapping[str, str]) -> bytes:
    """The files as a tar archive that depends on nothing but them: no owner, no time, in order of their names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, text in sorted(files.items()):
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()

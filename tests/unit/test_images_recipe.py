"""What an image is built from decides its name, and nothing else does."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import pytest

from gpufleet.images.recipe import Recipe, archive, content_hash, reference

RECIPE = Recipe("debian:trixie-slim", {"Dockerfile": "FROM x\n", "a.lock": "numpy==1\n"}, {"UID": "1", "GID": "2"})


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, base="debian:trixie"),
        replace(RECIPE, files={**RECIPE.files, "Dockerfile": "FROM x\nUSER 1\n"}),
        replace(RECIPE, files={**RECIPE.files, "a.lock": "numpy==2\n"}),
        replace(RECIPE, files={**RECIPE.files, "more": ""}),
        replace(RECIPE, arguments={**RECIPE.arguments, "UID": "3"}),
        replace(RECIPE, arguments={"UID": "2", "GID": "1"}),
    ],
)
def test_everything_in_a_recipe_is_part_of_its_hash(other: Recipe) -> None:
    assert content_hash(other) != content_hash(RECIPE)


def test_the_order_of_files_and_arguments_is_no_part_of_the_hash() -> None:
    turned = Recipe(
        RECIPE.base, dict(reversed(list(RECIPE.files.items()))), dict(reversed(list(RECIPE.arguments.items())))
    )
    assert content_hash(turned) == content_hash(RECIPE)


def test_the_tag_holds_the_variant_and_twelve_digits() -> None:
    assert reference("gpufleet/cuda", "12", "0123456789abcdef" * 4) == "gpufleet/cuda:12-0123456789ab"


def test_the_archive_depends_on_the_files_alone() -> None:
    packed = archive(RECIPE.files)
    assert packed == archive(dict(reversed(list(RECIPE.files.items()))))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        members = tar.getmembers()
        assert [(m.name, m.mode, m.mtime, m.uid) for m in members] == [
            ("Dockerfile", 0o644, 0, 0),
            ("a.lock", 0o644, 0, 0),
        ]
        content = tar.extractfile("a.lock")
        assert content is not None
        assert content.read() == b"numpy==1\n"

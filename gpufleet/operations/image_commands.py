"""The commands that build an image, and what keeps a host from building one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pyinfra.api import QuoteString, StringCommand

from gpufleet.dockerd.objections import Objection
from gpufleet.facts.scripts import script
from gpufleet.images.recipe import BASE_LABEL, Recipe, archive
from gpufleet.operations.shown import ShownCommand
from gpufleet.state import STATE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.facts.image_building import Building
    from gpufleet.images.reach import BuildReach
    from gpufleet.platform import Platform

REMEMBERED = f"{STATE_DIRECTORY}/cuda-image"
"""The image that was declared last, for runs in which Docker cannot be asked."""


def no_buildx(reference: str, building: Building) -> Objection | None:
    """That BuildKit's client is missing, which builds the image of that name."""
    if building.buildx or not building.docker:  # Docker itself comes before this, in the same run
        return None
    way_out = "Install package docker-buildx-plugin of Docker's own, or docker-buildx of Debian's or Ubuntu's."
    return Objection(reference, "BuildKit's client (docker buildx)", "a Docker without it", way_out)


def no_docker(reference: str, building: Building) -> Objection | None:
    """That a host which builds for others, and is given no Docker in the same run, lacks what builds."""
    if building.docker:
        return no_buildx(reference, building)
    way_out = "Run `gpufleet apply` on it first, or name a host that has Docker: --builder HOST."
    return Objection(reference, "Docker, which builds it", "a host without Docker", way_out)


def no_space(
    reference: str, platform: Platform, building: Building, needed_bytes: int, purpose: str = "build"
) -> Objection | None:
    """That a folder in which images are kept has too little room.

    Args:
        reference: name of the image.
        platform: the host, with Docker's own folder.
        building: the host, with containerd's folder where that one keeps images.
        needed_bytes: what it takes at most.
        purpose: what the room is for, a verb.
    """
    folders = [(platform.docker_root, platform.docker_root_free_bytes), (building.store, building.store_free_bytes)]
    for folder, free in folders:
        if folder is not None and free is not None and free < needed_bytes:
            expected = f"{needed_bytes / 1e9:.1f} GB free to {purpose} {reference}"
            way_out = "Make room: `docker builder prune` and `docker system prune` free what no container uses."
            return Objection(folder, expected, f"{free / 1e9:.1f} GB", way_out)
    return None


def build(reference: str, recipe: Recipe, labels: Mapping[str, str], setting: str, reach: BuildReach) -> StringCommand:
    """Build an image; arguments are those of `gpufleet.operations.images.built`, and how the host reaches indexes."""
    options = [f"--build-arg={name}={value}" for name, value in recipe.arguments.items()]
    options += [f"--label={name}={value}" for name, value in {**labels, BASE_LABEL: recipe.base}.items()]
    options += ["--network=host"] if reach.own_network else []
    arguments = [recipe.base, setting, reference, reach.certificates, reach.pip_certificates, *options]
    secrets = (reach.variables, reach.apt_options, reach.apt_mirror, reach.apt_logins, reach.netrc)
    lines = [*(text.encode() for text in secrets), archive(recipe.files)]
    text = script("image-build.sh", "gpufleet.operations.scripts")
    encoded = [base64.b64encode(line).decode() for line in lines]
    return ShownCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, arguments), _stdin=encoded)


def remember(reference: str) -> StringCommand:
    """Note the name of the image that is declared, for runs in which Docker cannot be asked."""
    return StringCommand(f"mkdir -p {STATE_DIRECTORY} && printf '%s\\n'", QuoteString(reference), f"> {REMEMBERED}")

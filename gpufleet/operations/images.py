"""Images that are built on the host, and the removal of those that newer ones have replaced."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptSourceFiles
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.image_building import Building, ImageBuilding
from gpufleet.facts.images import Images
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.scripts import script
from gpufleet.finding import Difference
from gpufleet.images.present import Present, superfluous
from gpufleet.images.reach import BuildReach, HostReach, build_reach
from gpufleet.images.recipe import BASE_LABEL, CONTENT_LABEL, Recipe, archive
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.shown import ShownCommand
from gpufleet.state import STATE_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.platform import Platform

REMEMBERED = f"{STATE_DIRECTORY}/cuda-image"
"""The image that was declared last, for runs in which Docker cannot be asked."""
_ASK_AGAIN = "Look at dockerd (`systemctl status docker`), then apply again."


@operation()
def built(reference: str, recipe: Recipe, labels: Mapping[str, str], setting: str, needed_bytes: int) -> Commands:
    """Have an image, built from exactly this recipe.

    Args:
        reference: its repository and tag.
        recipe: what it is built from.
        labels: what it carries; the content hash among them tells whether the one that is there is the one.
        setting: the variable that declares the base, for messages.
        needed_bytes: what a build takes where Docker keeps its data, at most.
    """
    there = host.get_fact(Images)
    if isinstance(there, Unreadable):
        yield from refuse(reference, expected="an answer from Docker", observed=there.why, way_out=_ASK_AGAIN)
        return
    if there.find(reference, labels[CONTENT_LABEL]):
        if there.remembered == reference:
            host.noop(f"{reference} is there")
            return
        yield from begin(_difference(REMEMBERED, reference, there.remembered))
        yield _remember(reference)
        return
    platform = host.get_fact(PlatformFacts, gpu_seconds=0)
    building = host.get_fact(ImageBuilding)
    if objection := _no_buildx(reference, building) or _no_space(reference, platform, needed_bytes):
        yield from refuse(**objection._asdict())
        return
    yield from begin(_difference(f"image {reference}", "built from what is declared", _observed(there, reference)))
    yield _build(reference, recipe, labels, setting, _reach(building, platform))
    yield _remember(reference)


def _no_buildx(reference: str, building: Building) -> Objection | None:
    if building.buildx or not building.docker:  # Docker itself comes before this, in the same run
        return None
    way_out = "Install package docker-buildx-plugin of Docker's own, or docker-buildx of Debian's or Ubuntu's."
    return Objection(reference, "BuildKit's client (docker buildx)", "a Docker without it", way_out)


def _no_space(reference: str, platform: Platform, needed_bytes: int) -> Objection | None:
    free = platform.docker_root_free_bytes
    if free is None or free >= needed_bytes:
        return None
    expected = f"{needed_bytes / 1e9:.1f} GB free to build {reference}"
    way_out = "Make room: `docker builder prune` and `docker system prune` free what no container uses."
    return Objection(platform.docker_root, expected, f"{free / 1e9:.1f} GB", way_out)


def _difference(resource: str, expected: str, observed: str | None) -> Difference:
    return Difference(kind="config", resource=resource, expected=expected, observed=observed or "absent")


def _observed(there: Present, reference: str) -> str:
    same = any(reference in image.references for image in there.images)
    return "an image of that name from other content" if same else "absent"


def _reach(building: Building, platform: Platform) -> BuildReach:
    daemon = host.get_fact(DockerDaemon)
    sources: dict[str, str] = host.get_fact(AptSourceFiles)
    found = HostReach(
        pip=building.pip,
        environment=building.environment,
        daemon_json=daemon.file if isinstance(daemon.file, bytes) else b"",
        dockerd=building.dockerd,
        apt=building.apt,
        apt_logins=building.apt_logins,
        netrc=building.netrc,
        apt_sources=sources,
        certificates=building.certificates,
    )
    return build_reach(found, platform.distribution, platform.codename)


def _build(reference: str, recipe: Recipe, labels: Mapping[str, str], setting: str, reach: BuildReach) -> StringCommand:
    options = [f"--build-arg={name}={value}" for name, value in recipe.arguments.items()]
    options += [f"--label={name}={value}" for name, value in {**labels, BASE_LABEL: recipe.base}.items()]
    options += ["--network=host"] if reach.own_network else []
    arguments = [recipe.base, setting, reference, reach.certificates, reach.pip_certificates, *options]
    secrets = (reach.variables, reach.apt_options, reach.apt_mirror, reach.apt_logins, reach.netrc)
    lines = [*(text.encode() for text in secrets), archive(recipe.files)]
    text = script("image-build.sh", "gpufleet.operations.scripts")
    encoded = [base64.b64encode(line).decode() for line in lines]
    return ShownCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, arguments), _stdin=encoded)


def _remember(reference: str) -> StringCommand:
    return StringCommand(f"mkdir -p {STATE_DIRECTORY} && printf '%s\\n'", QuoteString(reference), f"> {REMEMBERED}")


@operation()
def pruned(repository: str, reference: str, keep: int) -> Commands:
    """Remove images of ours that no container uses, but for the newest ones.

    Those of others stay, those that were made from ours included: only tags that we gave are taken away.

    Args:
        repository: where our tags stand.
        reference: the image that is declared; it stays.
        keep: how many unused ones stay.
    """
    there = host.get_fact(Images)
    if isinstance(there, Unreadable):
        yield from refuse(repository, expected="an answer from Docker", observed=there.why, way_out=_ASK_AGAIN)
        return
    names = superfluous(there, repository, reference, keep)
    if not names:
        host.noop(f"no more than {keep} unused images of {repository}")
        return
    yield from begin(
        *(
            Difference(
                kind="unmanaged", resource=f"image {name}", expected=f"{keep} unused ones", observed="older ones"
            )
            for name in names
        )
    )
    yield StringCommand("docker -H unix:///run/docker.sock image rm", *map(QuoteString, names))

"""Images that are built on the host, and the removal of those that newer ones have replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.apt import AptSourceFiles
from gpufleet.facts.bundle import BundleCopies, Copies
from gpufleet.facts.docker import DockerDaemon
from gpufleet.facts.image_building import Building, ImageBuilding
from gpufleet.facts.images import Images
from gpufleet.facts.platform import PlatformFacts
from gpufleet.facts.together import together
from gpufleet.finding import Difference, Finding
from gpufleet.images.present import Present, superfluous
from gpufleet.images.reach import BuildReach, HostReach, build_reach
from gpufleet.images.recipe import CONTENT_LABEL, Recipe
from gpufleet.operations.bundle import removed
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.image_commands import build, no_buildx, no_docker, no_space, remember
from gpufleet.operations.image_loading import loaded
from gpufleet.operations.image_settled import awaited, config, left_over, unsettled
from gpufleet.operations.unanswered import unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.bundle.chosen import Bundle
    from gpufleet.dockerd.state import DockerState
    from gpufleet.platform import Platform


@operation()
def built(
    reference: str,
    recipe: Recipe,
    labels: Mapping[str, str],
    setting: str,
    needed_bytes: int,
    *,
    bundle: Bundle | None = None,
    options: str = "",
    declared: bool = True,
    remembered: bool = True,
) -> Commands:
    """Have an image, built from exactly this recipe.

    Args:
        reference: its repository and tag.
        recipe: what it is built from.
        labels: what it carries; the content hash among them tells whether the one that is there is the one.
        setting: the variable that declares the base, for messages.
        needed_bytes: what a build takes where Docker keeps its data, at most.
        bundle: what it is loaded from, built elsewhere; None where it is built here.
        options: those of `gpufleet bundle` that make it gather this image, for messages.
        declared: it is an image of this host's own; else one for other hosts, and nothing but Docker's data changes
            here.
        remembered: of those that are declared it is the one that tells which CUDA the host works with.
    """
    with together():
        there = host.get_fact(Images)
        copies = host.get_fact(BundleCopies) if bundle else Copies()
    if isinstance(there, Unreadable):
        yield from unanswered(f"image {reference}", there)
        return
    noted = declared and remembered
    if there.find(reference, labels[CONTENT_LABEL]):
        left = left_over(bundle, reference, there, copies)
        yield from _settled(reference, there.remembered if noted else reference, left)
        return
    difference = config(f"image {reference}", "built from what is declared", _observed(there, reference))
    if bundle is not None:
        to_come = awaited(bundle, reference, there)
        after = [*([remember(reference)] if noted else []), *([] if to_come else [removed()])]
        yield from loaded(bundle, reference, labels[CONTENT_LABEL], options, difference, after)
        return
    with together():
        platform, building = host.get_fact(PlatformFacts, gpu_seconds=0), host.get_fact(ImageBuilding)
        reach = _Reach(host.get_fact(DockerDaemon), host.get_fact(AptSourceFiles))
    lacking = no_buildx(reference, building) if declared else no_docker(reference, building)
    if objection := lacking or no_space(reference, platform, building, needed_bytes):
        yield from refuse(**objection._asdict())
        return
    yield from begin(difference) if declared else (Finding(difference),)
    yield build(reference, recipe, labels, setting, _reach(building, platform, reach))
    if noted:
        yield remember(reference)


def _settled(reference: str, remembered: str | None, copies: Copies) -> Commands:
    differences = unsettled(reference, remembered, copies)
    if not differences:
        host.noop(f"{reference} is there")
        return
    yield from begin(*differences)
    if remembered != reference:
        yield remember(reference)
    if copies.some:
        yield removed()


def _observed(there: Present, reference: str) -> str:
    same = any(reference in image.references for image in there.images)
    return "an image of that name from other content" if same else "absent"


class _Reach(NamedTuple):
    """What else tells how a host reaches package indexes."""

    docker: DockerState
    apt_sources: dict[str, str]


def _reach(building: Building, platform: Platform, also: _Reach) -> BuildReach:
    file = also.docker.file
    found = HostReach(
        pip=building.pip,
        environment=building.environment,
        daemon_json=file if isinstance(file, bytes) else b"",
        dockerd=building.dockerd,
        apt=building.apt,
        apt_logins=building.apt_logins,
        netrc=building.netrc,
        apt_sources=also.apt_sources,
        certificates=building.certificates,
    )
    return build_reach(found, platform.distribution, platform.codename)


@operation()
def pruned(repository: str, reference: str, keep: int, also: Sequence[str] = ()) -> Commands:
    """Remove images of ours that no container uses, but for those that are declared and the newest others.

    Those of others stay, those that were made from ours included: only tags that we gave are taken away.

    Args:
        repository: where our tags stand.
        reference: an image that is declared; it stays.
        keep: how many other unused ones stay.
        also: further ones that are declared.
    """
    there = host.get_fact(Images)
    if isinstance(there, Unreadable):
        yield from unanswered(f"older images of {repository}", there)
        return
    names = superfluous(there, repository, (reference, *also), keep)
    if not names:
        host.noop(f"no more than {keep} older images of {repository} that nothing uses")
        return
    yield from begin(
        *(
            Difference(kind="config", resource=f"image {name}", expected=f"{keep} unused ones", observed="older ones")
            for name in names
        )
    )
    yield StringCommand("docker -H unix:///run/docker.sock image rm", *map(QuoteString, names))

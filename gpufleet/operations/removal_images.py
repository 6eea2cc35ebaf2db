"""Images of ours that go."""

from __future__ import annotations

from dataclasses import replace

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.every_container import EveryContainer
from gpufleet.facts.images import Images
from gpufleet.facts.together import together
from gpufleet.images.present import Present, own_references, superfluous
from gpufleet.notice import notice
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.removal import Unless, going, stays
from gpufleet.operations.removal_staying import staying


@operation()
def images_removed(repository: str, unless: Unless, *, consent: bool) -> Commands:
    """Remove the images that we built or loaded, but for those that a container needs that stays.

    Args:
        repository: where our tags stand.
        unless: why they are left as they are.
        consent: sandboxes that nobody uses go, or have gone.
    """
    if (yield from stays(unless)):
        return
    with together():
        there, every = host.get_fact(Images), host.get_fact(EveryContainer)
    left = staying(consent=consent)
    if isinstance(there, Unreadable) and every == ():
        host.noop("there is no Docker any more")
    elif isinstance(there, Unreadable) or isinstance(left, Unreadable):
        way_out = "Have Docker running (`systemctl start docker`), then remove again."
        why = there.why if isinstance(there, Unreadable) else "the containers could not be read"
        yield from refuse("images", expected="an answer", observed=why, way_out=way_out, kind="unknown")
    else:
        yield from _removed(_without(there, {each.name for each in left}), repository)


def _removed(there: Present, repository: str) -> Commands:
    names = superfluous(there, repository, (), 0)
    used = [name for image in there.images for name in own_references(image, repository) if name not in names]
    if used:
        notice(f"Images that stay, since containers are made from them: {', '.join(used)}.")
    if not names:
        host.noop(f"no image of {repository} that could go")
        return
    yield from begin(*(going(f"image {name}") for name in names))
    yield StringCommand("docker -H unix:///run/docker.sock image rm", *map(QuoteString, names))


def _without(there: Present, left: set[str]) -> Present:
    """The same with those containers only that stay."""
    return replace(there, containers=tuple(each for each in there.containers if each.name in left))

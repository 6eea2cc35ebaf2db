"""Images of containers that are about to be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand, operation

from gpufleet.containers.plan import plan
from gpufleet.dockerd.objections import Objection
from gpufleet.facts.answer import Unreadable
from gpufleet.operations.change import Commands, begin, refuse
from gpufleet.operations.container_commands import Look, missing_mounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.model import Container


@operation()
def pulled(container: str, declared: Container, made: Sequence[str], look: Look, *, offline: bool = False) -> Commands:
    """Have the image of a container that is about to be made: a step towards that, and of no use by itself.

    In an operation of its own, or a pull of many minutes would come between the look at who uses the old container and
    its end.

    Args:
        container: its name.
        declared: what it is to be.
        made: those of its mounts that an operation before it makes.
        look: reads the containers of the host, those of all sandboxes (`look_for`).
        offline: nothing is to be fetched from a network; an image that is not there is refused.
    """
    found = look()
    if isinstance(found, Unreadable):
        host.noop("Docker does not answer; the next operation says so")
    elif declared.image in found.images:
        host.noop(f"{declared.image} is there")
    elif plan(container, declared, found).action not in {"create", "replace"} or missing_mounts(declared, made):
        host.noop(f"{container} is not made now")
    elif offline:
        yield from refuse(**not_fetched(container, declared.image)._asdict())
    else:
        yield from begin(step=True)
        yield StringCommand("docker -H unix:///run/docker.sock pull --quiet", QuoteString(declared.image))


def not_fetched(container: str, image: str) -> Objection:
    """That an image is not there, and that nothing is asked for it. Pure.

    Args:
        container: that is to be made of it.
        image: its name.
    """
    return Objection(
        image,
        f"the image that {container} is made from, on the host: with a bundle none is pulled, from no mirror either",
        "not there, and no bundle holds it",
        f"Load it there: `docker save {image} | ssh HOST docker load`; where Docker is still to come, apply without "
        f"{container} first. Or declare an image out of cuda_image_more, which a bundle holds.",
    )

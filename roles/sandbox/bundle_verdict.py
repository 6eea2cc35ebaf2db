"""What a host without a network lacks for sandboxes with an image of Docker's, before anything changes there.

A bundle does not hold such images, and nothing is fetched where one is declared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containers import ContainersOfHost
from gpufleet.operations.container_images import not_fetched
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.cuda_image.settings import CudaImageSettings
from roles.platform.settings import PlatformSettings
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.wanted import waits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gpufleet.containers.state import Containers
    from gpufleet.finding import Difference
    from gpufleet.platform import Platform


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:
    """Images that would have to be pulled.

    Args:
        platform: what the host is.
        data: its variables.
    """
    wanted = dockers_own(platform, data) if load(BundleSettings, data).bundle else {}
    if not wanted:
        return
    names, references = sorted(wanted), sorted(set(wanted.values()))
    found = host.get_fact(ContainersOfHost, names=names, references=references, variables=[], **escalation())
    if not isinstance(found, Unreadable):
        yield from lacking(wanted, found)


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:  # noqa: ARG001 - every role's own
    """Nothing."""
    yield from ()


def dockers_own(platform: Platform, data: Mapping[str, object]) -> dict[str, str]:
    """Images of Docker's, by the sandboxes that are to be made of them. Pure.

    Args:
        platform: what the host is; sandboxes that wait for a GPU of it are not made.
        data: its variables.
    """
    declared, more = load(PlatformSettings, data), load(CudaImageSettings, data).more
    there = {
        name: sandbox.image
        for name, sandbox in load(SandboxSettings, data).containers.items()
        if not waits(sandbox, declared, platform)
    }
    return {name: image for name, image in there.items() if image and image not in more}


def lacking(wanted: Mapping[str, str], found: Containers) -> Iterator[Difference]:
    """Those that the host does not have, where the sandbox is not there either, made of that image. Pure.

    Args:
        wanted: images by sandboxes.
        found: what the host has.
    """
    for name, image in wanted.items():
        made = found.containers.get(name)
        if image not in found.images and (made is None or made.container.image != image):
            yield not_fetched(name, image).refusal

"""Which containers a removal leaves where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.facts.answer import Unreadable
from gpufleet.facts.every_container import AnyContainer, EveryContainer
from gpufleet.facts.together import together
from gpufleet.operations.container_commands import look_for
from gpufleet.operations.container_removal import in_use

if TYPE_CHECKING:
    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.state import Containers

look = look_for({})
"""Reads all sandboxes of ours, and no other container."""


def own_staying(*, consent: bool) -> list[str] | Unreadable:
    """Names of the sandboxes that this run leaves where they are.

    Args:
        consent: those that nobody uses go, or have gone.
    """
    with together():
        found, every = look(), host.get_fact(EveryContainer)
    if every == ():
        return []
    if isinstance(found, Unreadable):
        return found
    return [each.name for each in ours(found) if not (consent and not in_use(each, found))]


def staying(*, consent: bool) -> list[AnyContainer] | Unreadable:
    """All containers, whoever made them, that this run leaves where they are.

    Args:
        consent: sandboxes that nobody uses go, or have gone.
    """
    with together():
        found, every = look(), host.get_fact(EveryContainer)
    if isinstance(every, Unreadable):
        return every
    if not every:
        return []
    if isinstance(found, Unreadable):
        return found
    gone = {each.name for each in ours(found) if consent and not in_use(each, found)}
    return [each for each in every if each.name not in gone]


def ours(found: Containers) -> list[Observed]:
    """The sandboxes that gpufleet has made.

    Args:
        found: the containers of the host.
    """
    return [each for each in found.containers.values() if each.ours]

"""What a host says about its containers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gpufleet.containers.model import PREVIOUS
from gpufleet.images.recipe import misnamed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.containers.inspected import Image, Observed
    from gpufleet.containers.use import Process


@dataclass(frozen=True, kw_only=True)
class Containers:
    """The containers of one host that were asked for, and those that are ours.

    Attributes:
        containers: by name.
        images: what the references that were asked for stand for; those that stand for nothing are missing.
        processes: of the running ones, by the container's id.
        docker: there is a Docker on the host.
    """

    containers: Mapping[str, Observed] = field(default_factory=dict)
    images: Mapping[str, Image] = field(default_factory=dict)
    processes: Mapping[str, tuple[Process, ...]] = field(default_factory=dict)
    docker: bool = True

    def image(self, reference: str) -> Image | None:
        """What a reference stands for.

        None also where it is a name of ours that tells its content, and stands for something else: the image is then to
        be mended, and no container is judged by it.
        """
        found = self.images.get(reference)
        return None if found and misnamed(reference, found.labels) else found

    def previous(self, name: str) -> Observed | None:
        """The container that was renamed to make room for the one of that name, and is still kept."""
        found = self.containers.get(name + PREVIOUS)
        return found if found and found.sandbox == name else None

    def settled(self, name: str, *, restored: bool) -> Containers:
        """The same after a swap that was cut off was brought to an end.

        Args:
            name: of the container.
            restored: the previous container has its name back; otherwise it is gone.
        """
        previous = self.previous(name)
        if previous is None:
            return self
        rest = {key: found for key, found in self.containers.items() if key != previous.name}
        back = {name: replace(previous, name=name)} if restored else {}
        return replace(self, containers={**rest, **back})

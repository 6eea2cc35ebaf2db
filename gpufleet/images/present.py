"""The images of ours that a host has, which of them containers use, and which may go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gpufleet.images.recipe import CONTENT_LABEL, CUDA_LABEL, TAG_DIGITS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True)
class Image:
    """An image that carries a label of ours; images made from ours inherit those.

    Attributes:
        id: as Docker names it.
        references: `repository:tag` of each of its tags.
        labels: all of its labels.
        created: when it was built, RFC 3339.
        size: bytes, as Docker tells.
    """

    id: str
    references: tuple[str, ...]
    labels: Mapping[str, str]
    created: str
    size: int = 0


@dataclass(frozen=True)
class Container:
    """A container, running or not.

    Attributes:
        name: without the slash that Docker puts before it.
        image: id of the image that it was made from.
        labels: its own and those of the image.
    """

    name: str
    image: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Present:
    """The images and containers of a host; empty on one without Docker.

    Attributes:
        images: those with a label of ours.
        containers: all of them.
        remembered: reference of the image that was declared last; None where none was.
    """

    images: tuple[Image, ...] = ()
    containers: tuple[Container, ...] = field(default=())
    remembered: str | None = None

    def find(self, reference: str, content: str) -> Image | None:
        """The image of that name, provided that it was built from that content."""
        named = (image for image in self.images if reference in image.references)
        return next((image for image in named if image.labels.get(CONTENT_LABEL) == content), None)


def own_references(image: Image, repository: str) -> list[str]:
    """Those of an image's tags that we gave it.

    Args:
        image: one that carries our labels, its own or inherited from an image of ours that it was made from.
        repository: where our tags stand.

    Returns:
        The tags in that repository that end in the image's own content hash.
    """
    ending = f"-{image.labels.get(CONTENT_LABEL, '')[:TAG_DIGITS]}"
    return [name for name in image.references if name.startswith(f"{repository}:") and name.endswith(ending)]


def superfluous(present: Present, repository: str, wanted: Collection[str], keep: int) -> list[str]:
    """Tags of ours that can go: no container uses their image, and newer ones are there.

    Args:
        present: what the host has.
        repository: where our tags stand.
        wanted: the tags that are declared; they stay in any case and do not count, whether their sandboxes are there
            or not.
        keep: how many other unused images stay, the newest ones.

    Returns:
        Oldest image first.
    """
    used = {container.image for container in present.containers}
    unused = [(image, own_references(image, repository)) for image in present.images if image.id not in used]
    others = [(image, names) for image, names in unused if names and not set(wanted) & set(names)]
    newest_first = sorted(others, key=lambda item: item[0].created, reverse=True)
    return [name for _, names in reversed(newest_first[keep:]) for name in names]


def cuda_majors(present: Present, repository: str) -> list[int]:
    """The CUDA majors that a host works with, the one that counts most first.

    The one that was declared last comes before others as long as anything of ours is left: that image may have been
    removed by hand, and older ones, or others that are declared beside it, have another CUDA. Then containers come
    before images, newer images before older ones.

    Args:
        present: what the host has.
        repository: where our tags stand.
    """
    ours = sorted(
        (image for image in present.images if own_references(image, repository)),
        key=lambda image: image.created,
        reverse=True,
    )
    labels = [item.labels for item in present.containers] + [item.labels for item in ours]
    found = [major for labelled in labels if (major := _major(labelled.get(CUDA_LABEL, "")))]
    last = remembered_major(present.remembered)
    return list(dict.fromkeys([last, *found] if last and found else found))


def remembered_major(reference: str | None) -> int:
    """The CUDA major in the name of an image of ours, 12 in `gpufleet/cuda:12-0123456789ab`; 0 where there is none."""
    return _major((reference or "").partition(":")[2].partition("-")[0])


def _major(text: str) -> int:
    return int(text) if text.isdecimal() else 0

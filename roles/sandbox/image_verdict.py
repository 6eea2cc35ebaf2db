"""What there is to say of sandboxes whose image was declared once and is no longer, before anything changes.

Their image's name would be taken for one of Docker's and pulled. That it was ours the stamp tells, which has the items
that were declared at the last apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.facts.files import FileContent, FileState
from gpufleet.images.named import can_be_a_name, meant
from gpufleet.run.declared import item_id
from gpufleet.settings import load
from gpufleet.stamp import parse
from gpufleet.state import STAMP
from roles.cuda_image.settings import DEPLOY, CudaImageSettings, build
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.verdict import misnamed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gpufleet.finding import Difference
    from gpufleet.platform import Platform


def refusals(platform: Platform, data: Mapping[str, object]) -> Iterator[Difference]:  # noqa: ARG001 - every role's own
    """Sandboxes made from an image that was declared at the last apply and is not now.

    Args:
        platform: what the host is.
        data: its variables.
    """
    if not unknown(data):
        return
    found = host.get_fact(FileContent, path=STAMP, **escalation())
    stamp = parse(found.content) if isinstance(found, FileState) else None
    yield from gone(data, stamp.items if stamp else ())


def notices(platform: Platform, data: Mapping[str, object]) -> Iterator[str]:  # noqa: ARG001 - every role's own
    """Nothing."""
    yield from ()


def unknown(data: Mapping[str, object]) -> dict[str, str]:
    """Images of sandboxes, by those, that are not declared and whose names have the form of declared ones. Pure.

    Args:
        data: the host's variables.
    """
    declared = load(CudaImageSettings, data).more
    named = {name: sandbox.image or "" for name, sandbox in load(SandboxSettings, data).containers.items()}
    others = {name: image for name, image in named.items() if image and image not in declared}
    return {name: image for name, image in others.items() if can_be_a_name(image) and not meant(image, declared)}


def gone(data: Mapping[str, object], known: Collection[str]) -> Iterator[Difference]:
    """Those of them that were declared. Pure.

    Args:
        data: the host's variables.
        known: ids of the items that were declared at the last apply.
    """
    for name, image in unknown(data).items():
        if item_id(f"{DEPLOY} | {build(image)}") in known:
            was = f"cuda_image_more[{image!r}]"
            yield misnamed(name, image, f"The last apply had it as {was}, which is declared no longer: declare it.")

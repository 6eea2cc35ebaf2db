"""The sandboxes that a host is to have, from what is declared and what the host is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.settings import load
from roles.platform.settings import PlatformSettings
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.wanted import waits, wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gpufleet.images.named import References
    from gpufleet.platform import Access, Platform
    from roles.sandbox.wanted import Wanted


def declared_sandboxes(
    data: Mapping[str, object], platform: Platform, access: Access, images: References
) -> tuple[list[Wanted], dict[str, str]]:
    """The sandboxes that a host is to have, and why others are not to be there, by name.

    Args:
        data: the host's variables.
        platform: what the host is.
        access: who connects.
        images: those of role cuda_image.
    """
    of_host = load(PlatformSettings, data)
    there, absent = [], {}
    for name, sandbox in load(SandboxSettings, data).containers.items():
        made_from = images.get(sandbox.image, sandbox.image)
        if made_from is None:
            absent[name] = "no image is declared for it"
        elif waits(sandbox, of_host, platform):
            absent[name] = "it waits for a GPU, and none is seen"
        else:
            uuids = [gpu.uuid for gpu in platform.gpus]
            there.append(wanted(name, data, made_from, access, uuids, desktop=platform.desktop))
    return there, absent


def claimed(data: Mapping[str, object], there: Sequence[Wanted]) -> list[str]:
    """Names of the sandboxes that somebody declares.

    A declared one counts even while it waits. The default one does not count once it steps aside on a host that wants
    no GPU: what is left of it is then nobody's.

    Args:
        data: the host's variables.
        there: the sandboxes that the host is to have.
    """
    settings = load(SandboxSettings, data)
    if "containers" in settings.model_fields_set or load(PlatformSettings, data).gpu != "none":
        return list(settings.containers)
    return [each.name for each in there]

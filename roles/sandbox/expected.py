"""What the role asks a host, said before the host is known: about its containers, the slowest question of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.facts.files import FileContent
from gpufleet.facts.gpus_inside import GpusInside
from gpufleet.settings import SettingsError, load
from gpufleet.state import STAMP
from roles.platform.settings import PlatformSettings
from roles.sandbox.image_verdict import unknown
from roles.sandbox.settings import SandboxSettings
from roles.sandbox.wanted import requested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyinfra.api import FactBase


def expected(data: Mapping[str, object]) -> tuple[tuple[type[FactBase[Any]], dict[str, object]], ...]:
    """The facts with which the role will look inside the declared sandboxes, and for their images; else none.

    Args:
        data: the host's variables; what is wrong with them is left for others to say.
    """
    try:
        declared, sandboxes = load(PlatformSettings, data), load(SandboxSettings, data).containers
        names = sorted(name for name, sandbox in sandboxes.items() if requested(sandbox, declared))
        stamp = ((FileContent, {"path": STAMP}),) if unknown(data) else ()
    except SettingsError:
        return ()
    return (*(((GpusInside, {"names": names}),) if names else ()), *stamp)

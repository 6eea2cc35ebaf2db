"""What a WSL distribution without a network wants of a bundle for its init. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.bundle.wanted import Wanted
from gpufleet.settings import load
from roles.platform.settings import PlatformSettings
from roles.platform.wsl import INIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.bundle.gather_choice import Choice
    from gpufleet.bundle.wanted import Target


def wanted(data: Mapping[str, object], target: Target, options: Choice) -> Wanted:  # noqa: ARG001 - every role's own
    """What makes systemd the init, where that is declared; a host that has it, or is not under WSL, installs none.

    Args:
        data: the host's variables.
        target: the kind of host.
        options: what the command line says.

    Raises:
        SettingsError: the variables cannot be used.
    """
    return Wanted(dict.fromkeys(INIT)) if load(PlatformSettings, data).wsl_boot == "systemd" else Wanted()

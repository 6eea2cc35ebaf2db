"""What a host without a network wants of a bundle for the NVIDIA Container Toolkit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.bundle.wanted import Repository, Wanted
from gpufleet.settings import load
from roles.nvidia_container_toolkit.packages import PACKAGES
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.nvidia_container_toolkit.source import KEYRING, key_url, source_text
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.bundle.gather_choice import Choice
    from gpufleet.bundle.wanted import Target


def wanted(data: Mapping[str, object], target: Target, options: Choice) -> Wanted:  # noqa: ARG001 - every role's own
    """The toolkit's packages at their version, from NVIDIA's repository; nothing for a host that wants no GPU.

    Args:
        data: the host's variables.
        target: the kind of host.
        options: what the command line says.

    Raises:
        SettingsError: the variables cannot be used.
    """
    if load(PlatformSettings, data).gpu == "none":
        return Wanted()
    settings = load(NvidiaContainerToolkitSettings, data)
    repository = Repository(
        name="nvidia-container-toolkit",
        source=source_text(settings.repository, target.architecture),
        keyring=KEYRING,
        key_url=key_url(settings.repository),
        fingerprint=settings.key_fingerprint,
    )
    return Wanted(dict.fromkeys(PACKAGES, settings.version), (repository,))

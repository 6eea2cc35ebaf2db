"""The keys of daemon.json that the role declares, beside what users wrote there themselves. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpufleet.apt.versions import at_least
from gpufleet.dockerd.json_paths import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gpufleet.dockerd.json_paths import KeyPath
    from gpufleet.dockerd.json_tree import Object
    from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings

OWNER = "nvidia_container_toolkit"
RUNTIME: KeyPath = ("runtimes", "nvidia")
CDI: KeyPath = ("features", "cdi")
READ_BY_DOCKERD = frozenset({"path", "runtimeArgs", "runtimeType", "options"})
"""Members of a runtime (moby, api/types/system/runtime.go). nvidia-ctk writes `args` as well, which dockerd lets pass
and never reads."""
CDI_SINCE, CDI_BY_DEFAULT_SINCE = (25, 0), (28, 2)
"""Versions of Docker: from the one on with `features.cdi`, from the other on without being told (moby 4cecce03f6)."""


def declared_keys(
    settings: NvidiaContainerToolkitSettings,
    entry: Mapping[str, Any],
    content: Object,
    own: frozenset[KeyPath],
    docker: str | None,
) -> dict[str, Any]:
    """What is to stand in daemon.json for GPUs.

    Args:
        settings: the role's settings.
        entry: what nvidia-ctk would write for the runtime.
        content: what daemon.json holds.
        own: leaves of it that are this role's, as remembered; everything else in the runtime's entry is the user's.
        docker: version of the running daemon; None where it is not known, and then CDI stays as it is.

    Returns:
        Top-level keys; none for what the user has said otherwise.
    """
    keys: dict[str, Any] = {}
    if runtime := _runtime(entry, content, own):
        keys["runtimes"] = {"nvidia": runtime}
    if settings.default_runtime:
        keys["default-runtime"] = "nvidia"
    if settings.cdi and _cdi_said(docker, said=CDI in own or find(content, CDI) is not None):
        keys["features"] = {"cdi": True}
    return keys


def _runtime(entry: Mapping[str, Any], content: Object, own: frozenset[KeyPath]) -> dict[str, Any]:
    present = find(content, RUNTIME)
    ours = {path[2] for path in own if path[:2] == RUNTIME and path[2:]}
    users = set(present) - ours if isinstance(present, dict) else set()
    if "runtimeType" in users:  # dockerd takes a path or a type, not both
        return {}
    return {key: value for key, value in entry.items() if key in READ_BY_DOCKERD - users}


def _cdi_said(docker: str | None, *, said: bool) -> bool:
    """Whether daemon.json is to say that CDI is on: where it must, and where it says anything about it already.

    There it might say `false`, and to take out what is ours would cost a restart for nothing.
    """
    if docker is None:
        return said
    return at_least(docker, CDI_SINCE) and (said or not at_least(docker, CDI_BY_DEFAULT_SINCE))

"""The keys of daemon.json that the role's settings amount to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roles.docker_engine.settings import DockerEngineSettings


def declared_keys(settings: DockerEngineSettings) -> dict[str, Any]:
    """What the settings say about daemon.json.

    Args:
        settings: the role's settings.

    Returns:
        Top-level keys; what is left at its default says nothing, but for live-restore.
    """
    proxies = {
        "http-proxy": settings.http_proxy,
        "https-proxy": settings.https_proxy,
        "no-proxy": settings.no_proxy,
    }
    own = {
        "registry-mirrors": settings.registry_mirrors,
        "proxies": {key: value for key, value in proxies.items() if value is not None},
    }
    return {
        **settings.daemon,
        "live-restore": settings.live_restore,
        **{key: value for key, value in own.items() if value},
    }


def for_swarm(keys: dict[str, Any]) -> dict[str, Any]:
    """The same without live-restore, with which dockerd does not start in swarm mode.

    Source: IsSwarmCompatible in moby's daemon/config/config_linux.go, and tried with dockerd 26.1.
    """
    return {key: value for key, value in keys.items() if key != "live-restore"}

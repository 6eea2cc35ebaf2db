"""The mirror's two containers in the lab's engine.

The registry holds the fixed address; the web server shares its network. So stopping the web server alone refuses
connections at once, as a dead service does, where a vanished address would let clients wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docker

from tests.lab.mirror import certificates, content, server
from tests.lab.mirror.cache import made

if TYPE_CHECKING:
    from pathlib import Path

    from docker.models.containers import Container

    from tests.lab.engine import Engine

LABEL = "gpufleet.mirror"
REGISTRY_PORT = 5000


def web_name(engine: Engine) -> str:
    """Name of the web server's container."""
    return f"{engine.instance.tag}-mirror-web"


def registry_name(engine: Engine) -> str:
    """Name of the registry's container."""
    return f"{engine.instance.tag}-mirror-registry"


def find(engine: Engine, name: str, mark: str) -> Container | None:
    """The container of that name if it was made for `mark`, running or not."""
    try:
        container = engine.client.containers.get(name)
    except docker.errors.NotFound:
        return None
    return container if container.labels.get(LABEL) == mark else None


def running(engine: Engine, mark: str) -> bool:
    """Whether both containers run and were made for `mark`."""
    found = (find(engine, name, mark) for name in (web_name(engine), registry_name(engine)))
    return all(container is not None and container.status == "running" for container in found)


def run(engine: Engine, mark: str, recipes: content.Recipes) -> None:
    """Have both containers run, made for `mark` (others of these names are replaced). Needs root.

    Args:
        engine: the lab's engine.
        mark: what the containers serve; kept as their label.
        recipes: what the cache holds; the registry starts empty when the base image is another.
    """
    names = (web_name(engine), registry_name(engine))
    if not all(find(engine, name, mark) for name in names):
        for name in names:
            _remove(engine, name)
        image = server.ensure_image(engine.client, content.SERVER, recipes.server[:12])
        storage = made(engine.instance.data / "mirror" / "registry", recipes.base, lambda _: None)
        _create_registry(engine, image, mark, storage)
        _create_web(engine, image, mark)
    for name in reversed(names):
        engine.client.containers.get(name).start()


def _create_registry(engine: Engine, image: str, mark: str, storage: Path) -> None:
    api: Any = engine.client.api
    endpoint = api.create_endpoint_config(ipv4_address=engine.mirror_address)
    api.create_container(
        image,
        command=["/usr/bin/docker-registry", "serve", "/etc/mirror/registry.yml"],
        name=registry_name(engine),
        labels={LABEL: mark},
        host_config=api.create_host_config(binds={str(storage): {"bind": "/srv/registry", "mode": "rw"}}),
        networking_config=api.create_networking_config({engine.network: endpoint}),
    )


def _create_web(engine: Engine, image: str, mark: str) -> None:
    shown = {content.www(engine.instance): "/srv/www"}
    for name in (certificates.CHAIN, certificates.KEY):
        shown[content.IDENTITY / name] = f"/srv/tls/{name}"
    engine.client.containers.create(
        image,
        command=["/usr/sbin/nginx", "-c", "/etc/mirror/nginx.conf"],
        name=web_name(engine),
        labels={LABEL: mark},
        network_mode=f"container:{registry_name(engine)}",
        volumes={str(path): {"bind": target, "mode": "ro"} for path, target in shown.items()},
    )


def _remove(engine: Engine, name: str) -> None:
    try:
        engine.client.containers.get(name).remove(force=True)
    except docker.errors.NotFound:
        return

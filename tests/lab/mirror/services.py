"""The mirror's two containers in the lab's engine.

The registry holds the fixed address; the web server shares its network. So stopping the web server alone refuses
connections at once, as a dead service does, where a vanished address would let clients wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docker

from tests.lab.mirror import certificates, content, server
from tests.lab.mirror.cache import recipe

if TYPE_CHECKING:
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


def marks(engine: Engine, recipes: content.Recipes) -> dict[str, str]:
    """What each container is made from, by its name, as its label says it; in the order in which they start."""
    return {registry_name(engine): recipes.server, web_name(engine): recipe(www=recipes.www, server=recipes.server)}


def running(engine: Engine, recipes: content.Recipes) -> bool:
    """Whether both containers run and serve what the recipes make."""
    found = [find(engine, name, mark) for name, mark in marks(engine, recipes).items()]
    return all(container is not None and container.status == "running" for container in found)


def run(engine: Engine, recipes: content.Recipes) -> None:
    """Have both containers run; one that serves something else is replaced. Needs root.

    The registry stays when only files changed: its images stay in reach, and the web server is back within a second.

    Args:
        engine: the lab's engine.
        recipes: what the cache holds.
    """
    wanted = marks(engine, recipes)
    registry, web = wanted
    image = server.ensure_image(engine.client, content.SERVER, recipes.server[:12])
    if find(engine, registry, wanted[registry]) is None:
        _remove(engine, web)  # lives in the other one's network
        _remove(engine, registry)
        _create_registry(engine, image, wanted[registry])
    if find(engine, web, wanted[web]) is None:
        _remove(engine, web)
        _create_web(engine, image, wanted[web])
    for name in wanted:
        engine.client.containers.get(name).start()


def _create_registry(engine: Engine, image: str, mark: str) -> None:
    storage = engine.instance.data / "mirror" / "registry"
    storage.mkdir(parents=True, exist_ok=True)
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

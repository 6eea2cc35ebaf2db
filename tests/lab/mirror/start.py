"""Start the mirror: find it running, or build what is missing and run it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.lab.lock import locked
from tests.lab.mirror import base_image, content, hub, services
from tests.lab.mirror.cache import recipe
from tests.lab.mirror.mirror import Mirror
from tests.lab.progress import step

if TYPE_CHECKING:
    from tests.lab.engine import Engine

BASE_IMAGE = ("library/debian", "trixie-slim")


def start(engine: Engine) -> Mirror:
    """The mirror: found running, or started, after building what is missing in the cache (needs root).

    Raises:
        MirrorError: it does not answer.
        CommandError: something could not be built, for example because the Debian archive is out of reach.
    """
    mirror = Mirror(engine, engine.mirror_address)
    recipes = content.Recipes.current()
    mark = recipe(**asdict(recipes))
    if not services.running(engine, mark):
        with locked(content.ROOT / "lock"):
            content.make(recipes, content.www(engine.instance))
            services.run(engine, mark, recipes)
        mirror.wait()
        _publish_base(mirror)
    return mirror


def _publish_base(mirror: Mirror) -> None:
    name, tag = BASE_IMAGE
    if not hub.has(mirror.registry, name, tag):
        with step(f"mirror: pushing {name}:{tag} into its registry"):
            hub.push(mirror.registry, name, tag, content.BASE / base_image.LAYER)

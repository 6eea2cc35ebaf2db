"""Start the mirror: find it running, or build what is missing and run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.lock import locked
from tests.lab.mirror import content, hub, services
from tests.lab.mirror.mirror import Mirror
from tests.lab.mirror.standins import SUITES
from tests.lab.progress import step

if TYPE_CHECKING:
    from tests.lab.engine import Engine

BASE_REPOSITORY = "library/debian"


def start(engine: Engine) -> Mirror:
    """The mirror: found running, or started, after building what is missing in the cache (needs root).

    Raises:
        MirrorError: it does not answer.
        CommandError: something could not be built, for example because the Debian archive is out of reach.
    """
    mirror = Mirror(engine, engine.mirror_address)
    recipes = content.Recipes.current()
    if not services.running(engine, recipes):
        with locked(content.ROOT / "lock"):
            content.make(recipes, content.www(engine.instance))
            services.run(engine, recipes)
        mirror.wait()
        for codename in (suite.codename for suite in SUITES):
            if codename == content.FIRST_BASE or content.has_base(codename):
                publish_base(mirror, codename)
    return mirror


def publish_base(mirror: Mirror, codename: str) -> None:
    """Have debian:CODENAME-slim on the lab's Docker Hub; made (13 s, needs root) when it is in no cache.

    A second tag says what it was made from: when that changes, the image is replaced in the running registry.

    Raises:
        CommandError: the Debian archive is out of reach.
    """
    tag = f"{codename}-slim"
    made_for = f"{tag}-{content.Recipes.current().base[:12]}"
    if hub.has(mirror.registry, BASE_REPOSITORY, made_for):
        return
    with locked(content.ROOT / "lock"):
        layer = content.base(codename)
    with step(f"mirror: pushing debian:{tag} into its registry"):
        hub.push(mirror.registry, BASE_REPOSITORY, (tag, made_for), layer)

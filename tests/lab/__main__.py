"""`python -m tests.lab up|down|status|demo`."""

from __future__ import annotations

import sys

from tests.lab import engine, kinds, packages
from tests.lab.instance import ROOT, Instance
from tests.lab.lock import locked
from tests.lab.progress import say
from tests.lab.vendors import mirror


def up() -> None:
    """Start the engine, build the caches, start the mirror; what is there already is kept."""
    instance = Instance.from_environment()
    with locked(ROOT / "lock"):
        packages.ensure()
        running = engine.start(instance)
        for suite in ("trixie",):
            kinds.ensure_image(running, suite)
        mirror(running)
    say(f"the lab is up: Docker at unix://{instance.socket}, network {running.subnet}")


if __name__ == "__main__":
    {"up": up}[sys.argv[1]]()

"""`up`: the engine, the images, the mirror; what is there already is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab import engine, kinds, machine, mirror, packages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.lab.engine import Engine
    from tests.lab.instance import Instance


def up(instance: Instance, kind_names: Iterable[str] = tuple(kinds.KINDS)) -> Engine:
    """Start the lab. Needs root.

    Args:
        instance: which lab.
        kind_names: the kinds of hosts to have images ready for; the lab's Docker Hub gets the Debians of the same age.

    Raises:
        CommandError, EngineError: what could not be installed, built or started.
    """
    machine.note()
    machine.make_room()
    packages.ensure()
    running = engine.start(instance)
    suites = sorted({kinds.KINDS[name].suite for name in kind_names})
    for suite in suites:
        kinds.ensure_image(running, suite)
    started = mirror.start(running)
    for suite in suites:
        mirror.publish_base(started, suite)
    return running

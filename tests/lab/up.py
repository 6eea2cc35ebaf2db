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
        kind_names: the kinds of hosts to have images ready for.

    Raises:
        CommandError, EngineError: what could not be installed, built or started.
    """
    machine.note()
    packages.ensure()
    running = engine.start(instance)
    for suite in sorted({kinds.KINDS[name].suite for name in kind_names}):
        kinds.ensure_image(running, suite)
    mirror.start(running)
    return running

"""What operations on containers have in common: the script that changes one, and a count of what one has written."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand

from gpufleet.facts.containers import WritableLayer
from gpufleet.facts.scripts import script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.layer import Layer

SEEN_RUNNING = 2
"""Seconds for which a new container must run before the old one goes."""
CANNOT_READ = "Look at the Docker daemon of this host."


def written(found: Observed) -> Layer | None:
    """What a container has written outside its mounts and volumes."""
    places = [mount.target for mount in found.container.mounts] + [path for path, _ in found.volumes]
    layer: Layer | None = host.get_fact(WritableLayer, container=found.id, mounts=places)
    return layer


def run(
    verb: str, name: str, arguments: Sequence[str] = (), environment: Sequence[str] = (), *, judged: Sequence[int] = ()
) -> StringCommand:
    """The script with one of its verbs.

    Args:
        verb: what it does.
        name: of the container.
        arguments: of `docker create`.
        environment: lines of its environment file, sent where neither a log nor a list of processes shows them.
        judged: numbers of the processes of the container that stops, by which it was judged idle.
    """
    text = script("container.sh", "gpufleet.operations.scripts")
    words = [verb, name, str(SEEN_RUNNING), " ".join(map(str, judged)), *arguments]
    lines = base64.b64encode("".join(f"{line}\n" for line in environment).encode()).decode()
    return StringCommand("sh -c", QuoteString(text), "sh", *map(QuoteString, words), _stdin=[lines])

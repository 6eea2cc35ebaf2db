"""What operations on containers have in common: what they ask, and the script that changes a container."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pyinfra import host
from pyinfra.api import QuoteString, StringCommand

from gpufleet.containers.model import PREVIOUS
from gpufleet.containers.state import Containers
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.containers import ContainersOfHost, WritableLayer
from gpufleet.facts.folders import Paths
from gpufleet.facts.scripts import script

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gpufleet.containers.inspected import Observed
    from gpufleet.containers.layer import Layer
    from gpufleet.containers.model import Container
    from gpufleet.facts.folders import PathState

Look: TypeAlias = Callable[[], Containers | Unreadable]
"""Reads the containers of the current host; no data, so that it is no part of what is declared of one container."""

SEEN_RUNNING = 2
"""Seconds for which a new container must run before the old one goes."""


def look_for(declared: Mapping[str, Container]) -> Look:
    """One question about all declared containers, the ones before them, and their images.

    The same for every operation of a host: in gpufleet's own runs it is then asked once.

    Args:
        declared: what is declared, by name.
    """
    return partial(
        _look,
        names=sorted([*declared, *(name + PREVIOUS for name in declared)]),
        references=sorted({container.image for container in declared.values()}),
        variables=sorted({name for container in declared.values() for name in container.environment}),
    )


def _look(names: Sequence[str], references: Sequence[str], variables: Sequence[str]) -> Containers | Unreadable:
    found: Containers | Unreadable = host.get_fact(
        ContainersOfHost, names=names, references=references, variables=variables
    )
    return found


def missing_mounts(declared: Container, made: Sequence[str]) -> list[str]:
    """What is to be mounted and is not there."""
    sources = [mount.source for mount in declared.mounts if mount.source not in made]
    found = there(sources)
    return [source for source in sources if source not in found]


def there(sources: Sequence[str]) -> Collection[str]:
    """Those of some paths at which something lies, and not a symbolic link that leads nowhere."""
    found: dict[str, PathState] = host.get_fact(Paths, paths=sources)
    return [path for path, state in found.items() if state.kind != "symbolic link"]


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

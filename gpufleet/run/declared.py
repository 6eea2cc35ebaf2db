"""What has been declared for the current host so far, item by item."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pyinfra import host, state

from gpufleet.stamp import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyinfra.api.command import PyinfraCommand


ROLES = "gpufleet_roles"
"""In the host's connector data: the roles that a run is limited to."""


def selected_roles() -> list[str] | None:
    """The roles that the run is limited to for the current host; None when it is for all of them."""
    return sorted(host.connector_data.get(ROLES) or ()) or None


def declared_items() -> dict[str, str]:
    """The operations that the deploy has registered for the current host.

    Returns:
        By stable id (deploy and name, `docker-engine.install-the-packages`), the hash of each operation's arguments.
    """
    operations = [
        (name, state.get_op_data_for_host(host, op_hash).command_generator)
        for op_hash in host.op_hash_order
        for name in sorted(state.get_op_meta(op_hash).names)
    ]
    ids = item_ids([name for name, _ in operations])
    return {identity: item_hash(generator) for identity, (_, generator) in zip(ids, operations, strict=True)}


def item_ids(names: Sequence[str]) -> list[str]:
    """The stable ids of a host's operations, no two alike: repeated ones end in -2, -3 and so on. Pure.

    Args:
        names: of all its operations so far, in their order; what follows them changes no id.
    """
    ids: dict[str, None] = {}
    counts: dict[str, int] = {}
    for name in names:
        first = identity = item_id(name)
        while identity in ids:
            counts[first] = counts.get(first, 1) + 1
            identity = f"{first}-{counts[first]}"
        ids[identity] = None
    return list(ids)


def item_id(name: str) -> str:
    """An operation's id from its name alone, `Docker Engine | Install the packages`."""
    return ".".join(_slug(part.strip()) for part in name.split("|"))


def _slug(words: str) -> str:
    """Words as part of an id; where nothing of them is ASCII, a hash of them stands for them."""
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return slug or f"operation-{sha256(words.encode()).hexdigest()[:8]}"


def item_hash(generator: Callable[[], Iterator[PyinfraCommand]]) -> str:
    """The hash of the arguments that an operation was called with."""
    arguments = enclosed(generator)
    return fingerprint([arguments["args"], arguments["kwargs"]])


def enclosed(generator: Callable[[], Iterator[PyinfraCommand]]) -> dict[str, Any]:
    """What pyinfra's wrapper around an operation holds: `func`, `args`, `kwargs` and more, by name."""
    function: Any = generator
    return {
        name: cell.cell_contents
        for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True)
        if name in {"func", "args", "kwargs"}
    }

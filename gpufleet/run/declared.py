"""What has been declared for the current host so far, item by item."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pyinfra import host, state

from gpufleet.stamp import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    items: dict[str, str] = {}
    for op_hash in host.op_hash_order:
        generator = state.get_op_data_for_host(host, op_hash).command_generator
        for name in state.get_op_meta(op_hash).names:
            items[item_id(name)] = item_hash(generator)
    return items


def item_id(name: str) -> str:
    """An operation's stable id from its name, `Docker Engine | Install the packages`."""
    return ".".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in name.split("|"))


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

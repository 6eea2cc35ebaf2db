"""What has been declared for the current host so far, item by item."""

from __future__ import annotations

import inspect
import re

from pyinfra import host, state

from gpufleet.stamp import fingerprint


def declared_items() -> dict[str, str]:
    """The operations that the deploy has registered for the current host.

    Returns:
        By stable id (deploy and name, `docker-engine.install-the-packages`), the hash of each operation's arguments.
    """
    items: dict[str, str] = {}
    for op_hash in host.op_hash_order:
        generator = state.get_op_data_for_host(host, op_hash).command_generator
        arguments = inspect.getclosurevars(generator).nonlocals
        for name in state.get_op_meta(op_hash).names:
            items[item_id(name)] = fingerprint([arguments["args"], arguments["kwargs"]])
    return items


def item_id(name: str) -> str:
    """An operation's stable id from its name, `Docker Engine | Install the packages`."""
    return ".".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in name.split("|"))

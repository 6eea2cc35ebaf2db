"""Reads the deploy for one host: which items it is to have, in order, without judging any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra_cli.util import exec_file

from gpufleet.run.declared import enclosed, item_hash, item_ids
from gpufleet.run.item import Item
from gpufleet.stamp import role_of

if TYPE_CHECKING:
    from pathlib import Path

    from pyinfra.api import Host, State


def register(state: State, host: Host, number: int, deploy: Path) -> list[Item]:
    """Run the deploy for the current host; what an earlier call registered there is dropped.

    Args:
        state: of the run.
        host: the host, pyinfra's current one.
        number: which of the run's hosts it is.
        deploy: path of deploy.py.

    Raises:
        Exception: whatever the deploy raises.
    """
    for op_hash in host.op_hash_order:
        state.ops[host].pop(op_hash, None)
        state.op_meta.pop(op_hash, None)
    host.op_hash_order.clear()
    host.data.override_datas.clear()
    host.loop_position = [number]  # it makes the numbers of its operations its own
    exec_file(str(deploy))
    names = [_name(state, op_hash) for op_hash in host.op_hash_order]
    known = zip(host.op_hash_order, names, item_ids(names), strict=True)
    items = [_item(state, host, op_hash, name, identity) for op_hash, name, identity in known]
    return items if number == 0 else [item for item in items if not _once(state, item)]


def _once(state: State, item: Item) -> bool:
    """Whether it is for one host of the run only (`_run_once`), which here is the first."""
    return bool(state.get_op_meta(item.op_hash).global_arguments["_run_once"])


def _name(state: State, op_hash: str) -> str:
    (name,) = state.get_op_meta(op_hash).names
    return name


def _item(state: State, host: Host, op_hash: str, name: str, identity: str) -> Item:
    data = state.get_op_data_for_host(host, op_hash)
    function = enclosed(data.command_generator)["func"]
    return Item(
        op_hash=op_hash,
        id=identity,
        role=role_of(identity),
        name=name,
        declared=item_hash(data.command_generator),
        imperative=not function.is_idempotent,
        commands=data.command_generator,
        data=data,
    )

"""Checks what an inventory says of the way to its hosts, before pyinfra does: there one mistake ends the run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_type_hints

from pyinfra.api.exceptions import ConnectorDataTypeError
from pyinfra.api.util import raise_if_bad_type

from gpufleet.inventory import InventoryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyinfra.api import Host, Inventory

ABSENT = object()


def check(known: Inventory, inventory: str, checkout: Path) -> None:
    """Check the connection data of every host.

    Args:
        known: the hosts.
        inventory: what they were read from, as it was given.
        checkout: the folder with group_data/.

    Raises:
        InventoryError: one line for each value of a wrong type: where it stands, host, setting, value, what is right.
    """
    wrong = [
        f"{_place(known, host, name, checkout) or inventory}: host {host.name}: {name} is {shown}, not {expected}; "
        "correct it, or leave it out"
        for host in known
        for name, shown, expected in _wrong(host)
    ]
    if wrong:
        raise InventoryError("\n".join(wrong))


def _wrong(host: Host) -> Iterator[tuple[str, str, str]]:
    """Name, value without secrets and right type of each value that pyinfra would refuse."""
    data = host.data.dict()
    for name, wanted in get_type_hints(host.connector_cls.data_cls).items():
        value: Any = data.get(name, ABSENT)
        if value is ABSENT:
            continue
        try:
            raise_if_bad_type(value, wanted, ConnectorDataTypeError, name)
        except ConnectorDataTypeError:
            yield name, "(hidden)" if "password" in name else repr(value), _words(wanted)


def _words(wanted: type) -> str:
    known = {bool: "True or False", int: "a whole number", float: "a number", str: "a text", dict: "a dict"}
    return known.get(wanted, getattr(wanted, "__name__", str(wanted)))


def _place(known: Inventory, host: Host, name: str, checkout: Path) -> Path | None:
    """The file of group_data that sets it for a host, None where the inventory does."""
    if name in known.get_host_data(host.name):
        return None
    files = (checkout / "group_data" / f"{group}.py" for group in [*reversed(host.groups), "all"])
    sets = re.compile(rf"^\s*{re.escape(name)}\s*[:=]", re.MULTILINE)
    return next((file for file in files if file.is_file() and sets.search(file.read_text("utf-8"))), None)

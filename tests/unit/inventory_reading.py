"""How the tests of the inventory read one: through the function that inventory.py calls, and pyinfra's own classes."""

from __future__ import annotations

import os
from textwrap import dedent
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from pyinfra.api import Inventory

from gpufleet import inventory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gpufleet.settings import RoleSettings


def write(directory: Path, text: str) -> Path:
    """Put a hosts.yml into a directory."""
    file = directory / "hosts.yml"
    file.write_text(dedent(text), encoding="utf-8")
    return file


def read(directory: Path, text: str, models: Sequence[type[RoleSettings]] = ()) -> Inventory:
    """Read a text as hosts.yml, as far as pyinfra's own inventory; the directory is the home directory too."""
    with patch.dict(os.environ, HOME=str(directory)):
        groups = inventory.groups(write(directory, text), models)
    return Inventory(groups.pop("all"), **groups)


def data(hosts: Inventory, name: str) -> dict[str, Any]:
    """Give what pyinfra knows of a host."""
    found: dict[str, Any] = hosts.get_host(name).data.dict()
    return found


def members(hosts: Inventory, group: str) -> list[str]:
    """Name the hosts of a group."""
    return [host.name for host in hosts.get_group(group)]


def refusal(directory: Path, text: str, models: Sequence[type[RoleSettings]] = ()) -> str:
    """Give the message with which an inventory is refused, without the directory."""
    with pytest.raises(inventory.InventoryError) as caught:
        read(directory, text, models)
    return str(caught.value).replace(f"{directory}/", "")

"""What lies beside hosts.yml and would be read by Ansible but not here: said by name, before it is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpufleet.inventory.errors import InventoryError, shown
from gpufleet.inventory.ini import looks_like_inventory

if TYPE_CHECKING:
    from pathlib import Path

_WAYS_OUT = {
    "group_vars": "put its variables below `vars:` of the group in hosts.yml, or into group_data/GROUP.py",
    "host_vars": "put its variables below the host in hosts.yml",
}


def refuse_unsupported(directory: Path) -> None:
    """Look for Ansible's other ways to write an inventory.

    Args:
        directory: where hosts.yml lies, or would lie.

    Raises:
        InventoryError: there is a file whose content would be passed over.
    """
    for name, way_out in _WAYS_OUT.items():
        file = next((path for path in sorted((directory / name).rglob("*")) if path.is_file()), None)
        if file:
            raise InventoryError(f"{shown(file)}: {name}/ is not supported; {way_out}")
    if (directory / "hosts.yaml").exists():
        raise InventoryError(f"{shown(directory / 'hosts.yaml')}: the inventory's name is hosts.yml; rename it")
    for file in sorted([*directory.glob("*.ini"), *directory.glob("hosts")]):
        if file.is_file() and looks_like_inventory(file.read_text(encoding="utf-8", errors="replace")):
            raise InventoryError(
                f"{shown(file)}: an INI inventory is not supported; "
                f"`ansible-inventory -i {shown(file)} --list --yaml --output hosts.yml` turns it into YAML",
            )

"""The hosts: hosts.yml, read as Ansible reads a YAML inventory, as the groups that pyinfra wants.

What is Ansible's here is its file format and its rules of precedence; nothing of Ansible is needed to run it.
"""

from gpufleet.inventory.assemble import groups
from gpufleet.inventory.errors import InventoryError

__all__ = ["InventoryError", "groups"]

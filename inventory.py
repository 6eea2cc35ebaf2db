"""The hosts: hosts.yml beside this file, and without one this machine."""

from pathlib import Path

import roles
from gpufleet import inventory

# pyinfra takes every global that is a group. Their names need not be Python's, such as gpu-servers.
globals().update(inventory.groups(Path(__file__).with_name("hosts.yml"), roles.SETTINGS))

"""The hosts: hosts.yml beside this file, and without one this machine."""

from pathlib import Path as _Path

import roles as _roles
from gpufleet import inventory as _inventory

# pyinfra takes as a group every global list or pair whose name has no leading underscore, and the order of the globals
# as the order of precedence; hence no other names here.
globals().update(_inventory.groups(_Path(__file__).with_name("hosts.yml"), _roles.SETTINGS))

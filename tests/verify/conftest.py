"""Brings in the hosts of the inventory, whichever way pytest was started."""

pytest_plugins = ["gpufleet.verify.plugin"]

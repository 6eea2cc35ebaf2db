"""The first role alone, and one change after it that shows which hosts went on."""

from pyinfra.operations import files

from gpufleet.become import escalation
from roles.platform.deploy import platform

root = escalation()
if platform(judges=(), **root):
    files.file(name="Go on", path="/root/went-on", **root)

"""What a host becomes, role by role: the table of contents of `pyinfra inventory.py deploy.py`."""

from gpufleet.become import escalation
from roles.platform.deploy import platform

root = escalation()
if platform(**root):
    pass

"""The role sandbox alone, on a host that has Docker; `test_image` stands for the image of role cuda_image."""

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.operations.stamp import stamp
from gpufleet.run.declared import declared_items
from roles.platform.deploy import platform
from roles.sandbox import verdict
from roles.sandbox.deploy import sandbox

root = escalation()
if found := platform(judges=[verdict], **root):
    sandbox(platform=found, images={None: host.data.get("test_image")}, **root)
    stamp(name="Remember what was declared", items=declared_items(), revision=None, **root)

"""The CUDA image alone, on a host that has Docker; says which reference the role hands on."""

from pyinfra import host

from gpufleet.become import escalation
from roles.cuda_image import verdict
from roles.cuda_image.deploy import cuda_image
from roles.platform.deploy import platform

root = escalation()
if found := platform(judges=(verdict,), **root):
    host.log(f"image: {cuda_image(found, **root)}")

"""The CUDA image alone, on a host that has Docker; says which reference the role hands on.

The variable `image_files` names a folder to take the files of the build from, in place of the repository's own.
"""

from pathlib import Path

from pyinfra import host

from gpufleet.become import escalation
from roles.cuda_image import context, verdict
from roles.cuda_image.deploy import cuda_image, older_images_removed
from roles.platform.deploy import platform

root = escalation()
context.FOLDER = Path(host.data.get("image_files") or context.FOLDER)
if found := platform(judges=(verdict,), **root):
    image = cuda_image(found, **root)
    host.log(f"image: {image}")
    older_images_removed(image, **root)

"""The CUDA images alone, on a host that has Docker; says which references the role hands on.

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
    images = cuda_image(found, **root)
    for name, reference in images.items():
        host.log(f"image {name}: {reference}" if name else f"image: {reference}")
    older_images_removed(images, **root)

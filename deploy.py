"""What a host becomes, role by role: the table of contents of `pyinfra inventory.py deploy.py`."""

from pathlib import Path

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.facts.together import expect
from gpufleet.operations.stamp import stamp
from gpufleet.run.declared import declared_items, selected_roles
from gpufleet.run.revision import revision
from roles import SETTINGS, VERDICTS, facts
from roles.cuda_image.deploy import cuda_image, older_images_removed
from roles.docker_engine.deploy import docker_engine
from roles.nvidia_container_toolkit.deploy import clean_sources, nvidia_container_toolkit
from roles.platform.deploy import platform
from roles.platform.wsl import wsl
from roles.sandbox.deploy import sandbox

expect(*facts(host.data.dict()))
root = escalation()
if found := platform(judges=VERDICTS, models=SETTINGS, **root):
    clean_sources(platform=found, **root)
    wsl(platform=found, **root)
    docker_engine(platform=found, **root)
    nvidia_container_toolkit(platform=found, **root)
    images = cuda_image(platform=found, **root)
    sandbox(platform=found, images=images, **root)
    older_images_removed(images=images, **root)
    stamp(items=declared_items(), revision=revision(Path(__file__).parent), partial=selected_roles(), **root)

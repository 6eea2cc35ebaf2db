"""What is taken back from a host, role by role: the table of contents of `pyinfra inventory.py remove.py`."""

from pyinfra import host

from gpufleet.become import escalation
from gpufleet.operations.removal import first_of, need_gpus, with_sandboxes
from gpufleet.operations.removal_state import forgotten
from gpufleet.run.declared import selected_roles
from roles import SETTINGS
from roles.cuda_image.remove import cuda_image_removed
from roles.docker_engine.remove import docker_engine_removed, docker_goes, docker_in_use, docker_waits
from roles.nvidia_container_toolkit.packages import PACKAGES
from roles.nvidia_container_toolkit.remove import nvidia_container_toolkit_removed
from roles.platform.remove import removable
from roles.platform.remove_wsl import wsl_removed
from roles.platform.wsl import INIT
from roles.sandbox.remove import consented, sandbox_removed

root = escalation()
if removable(models=SETTINGS, **root):
    consent = consented(host.data.dict(), selected_roles())
    unless = with_sandboxes(consent=consent)
    sandbox_removed(unless=unless, consent=consent, **root)
    cuda_image_removed(unless=unless, consent=consent, **root)
    nvidia_container_toolkit_removed(unless=unless, docker_goes=docker_goes(consent=consent), consent=consent, **root)
    unless = first_of(unless, need_gpus(consent=consent))
    wsl_removed(unless=unless, docker_in_use=docker_in_use(consent=consent), **root)
    docker_engine_removed(unless=unless, consent=consent, others=[*INIT, *PACKAGES], **root)
    unless = first_of(unless, docker_waits(consent=consent))
    forgotten(unless=unless, partial=selected_roles(), **root)

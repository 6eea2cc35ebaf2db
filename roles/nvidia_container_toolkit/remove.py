"""What the role nvidia_container_toolkit takes back, in an order that leaves no container without its runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.operations.removal import first_of, need_gpus
from gpufleet.operations.removal_containerd import containerd_given_back, containerd_without_it
from gpufleet.operations.removal_containers import gpu_containers_reported
from gpufleet.operations.removal_daemon import loaded
from gpufleet.operations.removal_daemon_json import default_runtime_given_back, keys_given_back
from gpufleet.operations.removal_files import file_given_back, source_given_back
from gpufleet.operations.removal_keys import key_given_back
from gpufleet.operations.removal_packages import packages_given_back
from gpufleet.operations.removal_reasons import packages_stay
from gpufleet.operations.removal_units import specification_removed, unit_removed
from gpufleet.settings import load
from roles.nvidia_container_toolkit.daemon import OWNER
from roles.nvidia_container_toolkit.deploy import SCRIPT, UNIT
from roles.nvidia_container_toolkit.packages import PACKAGES
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.nvidia_container_toolkit.source import FORMER, KEYRING, SOURCE

if TYPE_CHECKING:
    from gpufleet.operations.removal import Unless

LEFT = "/etc/nvidia-container-runtime/config.toml"
"""Made by their scripts and not taken away by them; noted in gpufleet/operations/scripts/apt-install.sh."""


@deploy("NVIDIA Container Toolkit")
def nvidia_container_toolkit_removed(unless: Unless, docker_goes: Unless, *, consent: bool) -> None:
    """Take GPUs from Docker on the current host, and remove the toolkit where apply has installed it.

    Args:
        unless: why nothing goes.
        docker_goes: why dockerd need not be told of anything.
        consent: sandboxes that nobody uses go, or have gone.
    """
    settings = load(NvidiaContainerToolkitSettings, host.data.dict())
    gpu_containers_reported(name="Look for containers that need the toolkit")
    # It is in the way of every container that is made, and of none that is there
    default_runtime_given_back(name="Give the default runtime back", owner=OWNER, unless=unless)
    loaded(name="Have Docker's daemon run without it", unless=first_of(unless, docker_goes))
    unless = first_of(unless, need_gpus(consent=consent))
    keys_given_back(name="Take Docker's runtime for GPUs back", owner=OWNER, unless=unless)
    loaded(name="Have Docker's daemon run without that", unless=first_of(unless, docker_goes))
    containerd_given_back(name="Give containerd's configuration back", unless=unless)
    containerd_without_it(name="Have containerd run without it", unless=unless)
    unit_removed(name="Do not describe the GPUs at boot", unit=UNIT, unless=unless)
    specification_removed(name="Remove the description of the GPUs", script=SCRIPT, unless=unless)
    file_given_back(name="Remove what describes the GPUs at boot", path=SCRIPT, unless=unless)
    packages_given_back(name="Remove the toolkit's packages", packages=PACKAGES, unless=unless)
    unless = first_of(unless, packages_stay(PACKAGES))
    repositories = [settings.repository, *FORMER]
    source_given_back(name="Remove NVIDIA's repository", path=SOURCE, repositories=repositories, unless=unless)
    file_given_back(name="Remove NVIDIA's key", path=KEYRING, unless=unless)
    file_given_back(name="Remove what NVIDIA's packages leave", path=LEFT, unless=unless)
    key_given_back(name="Trust NVIDIA's key where it was trusted", key=settings.key_fingerprint, unless=unless)

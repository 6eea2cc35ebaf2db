"""The role sandbox: declared containers, each with a workspace that outlives it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyinfra import host
from pyinfra.api import deploy

from gpufleet.facts.access import AccessFacts
from gpufleet.operations import container_images, containers, undeclared_containers, units
from gpufleet.operations.container_commands import look_for
from gpufleet.operations.container_gpus import gpus_work, look_inside
from gpufleet.operations.files import whole_file
from gpufleet.operations.folders import writable_folder
from gpufleet.operations.offered import offered_file
from gpufleet.settings import load
from roles.bundle.settings import BundleSettings
from roles.platform.settings import PlatformSettings
from roles.sandbox.declared import claimed, declared_sandboxes
from roles.sandbox.settings import SandboxSettings

if TYPE_CHECKING:
    from gpufleet.images.named import References
    from gpufleet.operations.container_commands import Look
    from gpufleet.platform import Platform
    from roles.sandbox.wanted import Wanted

UNIT = "gpufleet-sandboxes.service"
SCRIPT = "/usr/local/lib/gpufleet/gpufleet-sandboxes.sh"
"""What the unit runs."""
FILES = Path(__file__).resolve().parents[2] / "files" / "systemd"


@deploy("Sandbox")
def sandbox(platform: Platform, images: References) -> None:
    """Have the declared sandboxes, each running and as declared.

    Docker is there already, with the toolkit where a sandbox asks for GPUs.

    Args:
        platform: what the host is.
        images: those of role cuda_image.
    """
    data = host.data.dict()
    settings = load(SandboxSettings, data)
    if not platform.desktop:
        _at_boot(platform, by_command=load(PlatformSettings, data).starts_by_command(platform))
    there, _ = declared_sandboxes(data, platform, host.get_fact(AccessFacts, _sudo=False), images)
    look = look_for({each.name: each.container for each in there})
    inside = look_inside(each.name for each in there if each.container.gpus)
    # First, since one that goes may have the port of one that comes
    undeclared_containers.undeclared(
        name="Look for sandboxes that are not declared",
        declared=sorted(claimed(data, there)),
        remove=settings.remove_undeclared,
        look=look,
    )
    for each in there:
        _one(each, look)
        if each.container.gpus:
            gpus_work(name=f"Have the GPUs of {each.name} work", container=each.name, look=look, look_inside=inside)


def _one(wanted: Wanted, look: Look) -> None:
    writable_folder(
        name=f"Have the workspace of {wanted.name}", path=wanted.workspace, owner=list(wanted.owner), home=wanted.home
    )
    for file, text in wanted.offered.items():
        offered_file(
            name=f"Offer {file} in the workspace of {wanted.name}",
            folder=wanted.workspace,
            file=file,
            text=text,
            owner=list(wanted.owner),
        )
    made = [wanted.workspace]
    if wanted.pull:
        # Without a bundle there is no such argument, so that its stamp is that of a gpufleet which knew of none
        of_bundle: dict[str, Any] = {"offline": True} if load(BundleSettings, host.data.dict()).bundle else {}
        container_images.pulled(
            name=f"Have the image of {wanted.name}",
            container=wanted.name,
            declared=wanted.container,
            made=made,
            look=look,
            **of_bundle,
        )
    containers.container(
        name=f"Have {wanted.name} run as declared",
        container=wanted.name,
        declared=wanted.container,
        made=made,
        look=look,
    )


def _at_boot(platform: Platform, *, by_command: bool) -> None:
    """Docker may fail to start a sandbox at boot, and then leaves it.

    The script is run by its unit, or by what WSL runs when it starts the distribution.
    """
    if platform.systemd or by_command:
        script = (FILES / "gpufleet-sandboxes.sh").read_text(encoding="utf-8")
        whole_file(name="Install what starts sandboxes that Docker could not", path=SCRIPT, text=script, mode="755")
    if platform.systemd:
        unit = (FILES / UNIT).read_text(encoding="utf-8")
        units.at_boot(name="Start sandboxes at boot that Docker could not", unit=UNIT, text=unit)

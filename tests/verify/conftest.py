"""Brings in the hosts of the inventory, whichever way pytest was started, and what several tests ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.apt.versions import at_least
from gpufleet.facts.answer import Unreadable
from gpufleet.facts.images import Images
from gpufleet.images.present import cuda_majors
from gpufleet.settings import SettingsError, load
from gpufleet.verify.gpu_requests import to_open
from gpufleet.verify.items import FLEET, host_of
from roles.bundle.settings import BundleSettings
from roles.cuda_image.context import REPOSITORY
from roles.cuda_image.declared import declared_images, references
from roles.cuda_image.settings import CudaImageSettings
from roles.docker_engine.settings import DockerEngineSettings
from roles.nvidia_container_toolkit.daemon import CDI_SINCE
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.platform.gpu import no_gpu
from roles.platform.settings import PlatformSettings
from roles.sandbox.declared import declared_sandboxes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyinfra.api import Host as PyinfraHost
    from testinfra.host import Host

    from gpufleet.dockerd.state import Running
    from gpufleet.platform import Access, Gpu, Platform
    from gpufleet.verify.fixtures import Inside, Settings
    from roles.cuda_image.declared import DeclaredImage, Outcomes
    from roles.sandbox.wanted import Wanted

pytest_plugins = ["gpufleet.verify.plugin"]
DESKTOP = "Docker Desktop serves this distribution: its daemon and its GPU support are its own"
NODES = "find /dev -maxdepth 1 '(' -name 'nvidia[0-9]*' -o -name dxg ')'"
"""What CUDA opens: a node for each GPU, or the one of WSL."""
IMAGE = "image"
"""The fixture that stands for a CUDA image."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of an image once for each, so that one that fails hides no other.

    Comes first, as a report takes the name of the host from an end of the parameters (`gpufleet.verify.named`).
    """
    if IMAGE in metafunc.fixturenames:
        hosts = metafunc.config.stash[FLEET].hosts.values()
        names = list(dict.fromkeys(name for host in hosts for name in _images(host)))
        if names != [None]:
            ids = [name or "unnamed" for name in names]
            metafunc.parametrize(IMAGE, names, ids=ids, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out images on hosts that do not declare them, where others do."""
    declared = {name: _images(host) for name, host in config.stash[FLEET].hosts.items()}
    items[:] = [item for item in items if _image_of(item) in declared.get(host_of(item) or "", (None,))]


def _images(host: PyinfraHost) -> tuple[str | None, ...]:
    """The names of a host's images, the role's own as None."""
    try:
        return (None, *load(CudaImageSettings, host.data.dict()).more)
    except SettingsError:  # the tests say it
        return (None,)


def _image_of(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get(IMAGE)


@pytest.fixture(scope="session")
def engine(settings: Settings, platform: Platform) -> DockerEngineSettings:
    """What is declared about Docker Engine on this host."""
    if platform.desktop:
        pytest.skip(DESKTOP)
    return settings(DockerEngineSettings)


@pytest.fixture(scope="session")
def bundled(settings: Settings) -> bool:
    """Whether the host is provisioned from a bundle, and asks no repository."""
    return settings(BundleSettings).bundle is not None


@pytest.fixture(scope="session")
def starts_by_command(platform: Platform, settings: Settings) -> bool:
    """Whether WSL runs a script of ours at each start, in the place of units of systemd."""
    return settings(PlatformSettings).starts_by_command(platform)


@pytest.fixture(scope="session")
def gpus(platform: Platform, settings: Settings) -> tuple[Gpu, ...]:
    """The host's GPUs, as its own nvidia-smi lists them."""
    wanted = settings(PlatformSettings).gpu
    if wanted == "none":
        pytest.skip("platform_gpu is none")
    if not platform.gpus:
        seen = f"no GPU is seen ({no_gpu(platform)})"
        pytest.fail(f"platform_gpu is required, and {seen}", pytrace=False) if wanted == "required" else pytest.skip(
            seen
        )
    return platform.gpus


@pytest.fixture(scope="session")
def on_a_gpu(host: Host, platform: Platform, settings: Settings) -> bool:
    """Whether the result has to come from a GPU."""
    wanted = settings(PlatformSettings).gpu
    must = wanted == "required" or (wanted == "auto" and to_open(host.check_output(NODES).split(), platform.nvidia_smi))
    if must and not platform.gpus:
        pytest.fail(f"there has to be a GPU that answers, and there is {no_gpu(platform)}", pytrace=False)
    return must


@pytest.fixture(scope="session")
def cuda_images(
    host: Host,
    data: Mapping[str, Any],
    platform: Platform,
    access: Access,
    dockerd: Running,  # noqa: ARG001 - it must run
) -> Outcomes:
    """The images that the host is to have by their names, and why those or none."""
    present = host.backend.connection.fact(Images)
    if isinstance(present, Unreadable):
        pytest.fail(f"the images cannot be read: {present.why}", pytrace=False)
    return declared_images(data, platform, access, cuda_majors(present, REPOSITORY))


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest, cuda_images: Outcomes) -> DeclaredImage:
    """One of them that is to be there: a test that takes it runs once for each."""
    found, why = cuda_images[getattr(request, "param", None)]
    return found or pytest.skip(f"no CUDA image is declared: {why}")


@pytest.fixture(scope="session")
def wanted_sandboxes(
    data: Mapping[str, Any], platform: Platform, access: Access, cuda_images: Outcomes
) -> tuple[list[Wanted], str]:
    """The sandboxes that the host is to have, and why others are not to be there."""
    there, absent = declared_sandboxes(data, platform, access, references(cuda_images))
    reasons = [f"{name}: {reason}" for name, reason in absent.items()]
    without = dict.fromkeys(f"no CUDA image: {why}" for image, why in cuda_images.values() if image is None)
    return there, "; ".join([*reasons, *without] if reasons else ["no sandbox is declared"])


@pytest.fixture(scope="session")
def sandboxes(wanted_sandboxes: tuple[list[Wanted], str]) -> list[Wanted]:
    """The sandboxes that the host is to have."""
    there, why_not = wanted_sandboxes
    return there or pytest.skip(why_not)


@pytest.fixture(scope="session")
def views(sandboxes: list[Wanted], inside: Inside) -> Mapping[str, Host]:
    """Their insides, as their own users see them."""
    return {each.name: inside(each.name) for each in sandboxes}


@pytest.fixture(scope="session")
def toolkit(settings: Settings, platform: Platform) -> NvidiaContainerToolkitSettings:
    """What is declared about the toolkit."""
    if platform.desktop:
        pytest.skip(DESKTOP)
    if settings(PlatformSettings).gpu == "none":
        pytest.skip("platform_gpu is none: no toolkit is declared")
    return settings(NvidiaContainerToolkitSettings)


@pytest.fixture(scope="session")
def cdi_declared(toolkit: NvidiaContainerToolkitSettings) -> None:
    """Skips where no CDI specification is declared."""
    if not toolkit.cdi:
        pytest.skip("nvidia_container_toolkit_cdi is false")


@pytest.fixture(scope="session")
def cdi_in_docker(cdi_declared: None, docker_info: dict[str, Any]) -> None:  # noqa: ARG001 - it skips
    """Skips where Docker cannot be asked for CDI devices."""
    if not at_least(docker_info["ServerVersion"], CDI_SINCE):
        pytest.skip(f"Docker {docker_info['ServerVersion']} knows no CDI")

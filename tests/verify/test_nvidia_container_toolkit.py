"""The NVIDIA Container Toolkit comes from where it is declared to come from, and brings GPUs into containers.

A GPU is asked for in containers made of the host's own shell, so that neither a registry nor a network is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.apt.versions import at_least
from gpufleet.cdi.state import SPEC, Driver, outdated_statics
from gpufleet.dockerd.daemon_json import parse_memory
from gpufleet.dockerd.json_text import parse_object
from gpufleet.facts.cdi import CdiSpecifications
from gpufleet.facts.docker import DockerDaemon
from gpufleet.verify.apt import indexes, keyring_faults, not_pinned, source_faults
from gpufleet.verify.gpu_requests import DEVICES, NO_GPU, NOT_FOUND, OPTIONS, Way, injection, uuids
from gpufleet.verify.tiny_image import TinyImage
from roles.nvidia_container_toolkit.daemon import CDI_SINCE
from roles.nvidia_container_toolkit.deploy import UNIT
from roles.nvidia_container_toolkit.operations import PACKAGES
from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings
from roles.nvidia_container_toolkit.source import KEYRING, SOURCE
from roles.platform.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testinfra.host import Host

    from gpufleet.cdi.state import CdiState
    from gpufleet.dockerd.state import DockerState, Running
    from gpufleet.platform import Gpu, Platform
    from gpufleet.verify.fixtures import Settings
    from roles.docker_engine.settings import DockerEngineSettings


@pytest.fixture(scope="session")
def toolkit(settings: Settings) -> NvidiaContainerToolkitSettings:
    """What is declared about the toolkit."""
    if settings(PlatformSettings).gpu == "none":
        pytest.skip("platform_gpu is none: no toolkit is declared")
    return settings(NvidiaContainerToolkitSettings)


@pytest.fixture(scope="session")
def _cdi(toolkit: NvidiaContainerToolkitSettings) -> None:
    if not toolkit.cdi:
        pytest.skip("nvidia_container_toolkit_cdi is false")


@pytest.fixture(scope="session")
def _cdi_in_docker(_cdi: None, docker_info: dict[str, Any]) -> None:
    if not at_least(docker_info["ServerVersion"], CDI_SINCE):
        pytest.skip(f"Docker {docker_info['ServerVersion']} knows no CDI")


@pytest.fixture(scope="class")
def image(host: Host, platform: Platform, dockerd: Running) -> Iterator[TinyImage]:  # noqa: ARG001 - it must run
    """An image in which the host's nvidia-smi finds its libraries, but not itself."""
    with TinyImage(host, (platform.nvidia_smi or "nvidia-smi",)).there() as made:
        yield made


def test_all_four_packages_are_installed_in_one_version_and_held(
    host: Host, toolkit: NvidiaContainerToolkitSettings
) -> None:
    """The pin of one alone does not resolve, and mixed versions break (NVIDIA/nvidia-container-toolkit, #1091)."""
    assert not_pinned(host, PACKAGES, toolkit.version) == []


def test_the_keyring_holds_the_pinned_key_alone(host: Host, toolkit: NvidiaContainerToolkitSettings) -> None:
    """Compared by fingerprint; the subkey that expired in 2021 does not count."""
    assert keyring_faults(host, KEYRING, toolkit.key_fingerprint) == []


def test_apt_knows_the_repository_once_and_by_that_key(
    host: Host, platform: Platform, toolkit: NvidiaContainerToolkitSettings
) -> None:
    """nvidia-docker.list and its like, from older articles, would show as a second entry or as a clash."""
    ours, complaints = indexes(host, toolkit.repository)
    assert complaints == ""
    assert len([uri for uri in ours if uri.endswith("/InRelease")]) == 1
    assert [uri for uri in ours if not uri.startswith(f"{toolkit.repository}/{platform.architecture}/")] == []
    assert source_faults(host, SOURCE, KEYRING) == []


@pytest.mark.usefixtures("toolkit")
def test_docker_knows_the_runtime(docker_info: dict[str, Any]) -> None:
    """What stands in daemon.json counts only once the daemon has loaded it."""
    assert "nvidia" in docker_info["Runtimes"]


def test_the_default_runtime_is_the_declared_one(
    host: Host, docker_info: dict[str, Any], toolkit: NvidiaContainerToolkitSettings, engine: DockerEngineSettings
) -> None:
    """With `nvidia` as default, an image that sets NVIDIA_VISIBLE_DEVICES gets GPUs unasked."""
    declared = "nvidia" if toolkit.default_runtime else engine.daemon.get("default-runtime")
    if declared is None and _own_default_runtime(host):
        pytest.skip("none is declared, and the host's people wrote one into daemon.json")
    assert docker_info["DefaultRuntime"] == (declared or "runc")


@pytest.mark.usefixtures("_cdi_in_docker")
def test_cdi_is_on_in_docker(docker_info: dict[str, Any]) -> None:
    """It shows folders for specifications only where CDI is on: by default from 28.2, before by `features`."""
    assert docker_info["CDISpecDirs"]


@pytest.mark.usefixtures("gpus")
@pytest.mark.usefixtures("_cdi")
def test_the_cdi_specification_fits_the_driver_and_the_gpus(host: Host) -> None:
    """One that is stale keeps containers from starting, or hides GPUs from them; an old one in /etc/cdi does so too."""
    state: CdiState = host.backend.connection.fact(CdiSpecifications)
    assert isinstance(state.driver, Driver), state.driver
    assert outdated_statics(state) | {SPEC: state.trouble(SPEC)} == {SPEC: None}


@pytest.mark.usefixtures("_cdi")
def test_the_gpus_are_described_at_every_boot(host: Host, platform: Platform) -> None:
    """The specification lies in /run, which is empty then."""
    if not platform.systemd:
        pytest.skip("no systemd: nothing writes it after a boot but another apply")
    assert host.run("systemctl is-enabled %s", UNIT).stdout == "enabled\n"


@pytest.mark.usefixtures("toolkit")
class TestAFreshContainer:
    """What it sees of the host's GPUs. The image and whatever ran from it go away with the last of them."""

    @pytest.mark.parametrize("way", ["runtime", "cdi"])
    def test_sees_the_gpus_that_it_asks_for(
        self, way: Way, image: TinyImage, gpus: tuple[Gpu, ...], request: pytest.FixtureRequest
    ) -> None:
        """The same ones that the host sees: an index may mean another one inside, a UUID may not."""
        if way == "cdi":
            request.getfixturevalue("_cdi_in_docker")
        container = image.run("nvidia-smi -L", *OPTIONS[way])
        assert container.succeeded, container.stderr
        assert uuids(container.stdout) == {gpu.uuid for gpu in gpus}

    @pytest.mark.usefixtures("gpus")
    def test_sees_nothing_of_them_without_asking(self, image: TinyImage) -> None:
        """Neither the driver's programs nor its devices."""
        container = image.run(f"{DEVICES}; nvidia-smi -L")
        assert (container.rc, container.stdout) == (NOT_FOUND, "")

    @pytest.mark.usefixtures("gpus")
    def test_sees_no_gpu_when_it_asks_for_none(self, image: TinyImage) -> None:
        """The driver is there, as for a scheduler that adds devices itself."""
        container = image.run("nvidia-smi -L", *NO_GPU)
        assert container.succeeded, container.stderr
        assert uuids(container.stdout) == set()

    @pytest.mark.usefixtures("gpus")
    def test_gets_them_by_a_mechanism_that_is_named(self, image: TinyImage, note: Callable[[str], None]) -> None:
        """CDI outlives `systemctl daemon-reload`; with NVIDIA's hook a container loses its GPU then (#48 there)."""
        container = image.run("echo $NVIDIA_VISIBLE_DEVICES", *OPTIONS["runtime"])
        assert container.succeeded, container.stderr
        note(f"--runtime=nvidia brings GPUs into containers by {injection(container.stdout.strip())}")


def _own_default_runtime(host: Host) -> bool:
    """Whether a default runtime stands in daemon.json that no role put there."""
    docker: DockerState = host.backend.connection.fact(DockerDaemon)
    memory = parse_memory(docker.keys) if isinstance(docker.keys, bytes) else {}
    held = parse_object(docker.file) if isinstance(docker.file, bytes) else {}
    return "default-runtime" in held and not any(("default-runtime",) in paths for paths in memory.values())

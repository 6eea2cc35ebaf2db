"""The NVIDIA Container Toolkit comes from where it is declared to come from, and Docker and CDI are set up with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gpufleet.cdi.state import SPEC, Driver, outdated_statics
from gpufleet.dockerd.json_text import parse_object
from gpufleet.dockerd.key_memory import parse_memory
from gpufleet.facts.cdi import CdiSpecifications
from gpufleet.facts.docker import DockerDaemon
from gpufleet.verify.apt import indexes, keyring_faults, not_pinned, source_faults
from roles.nvidia_container_toolkit.deploy import SCRIPT, UNIT
from roles.nvidia_container_toolkit.packages import PACKAGES
from roles.nvidia_container_toolkit.source import KEYRING, SOURCE

if TYPE_CHECKING:
    from testinfra.host import Host

    from gpufleet.cdi.state import CdiState
    from gpufleet.dockerd.state import DockerState
    from gpufleet.platform import Platform
    from roles.docker_engine.settings import DockerEngineSettings
    from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings


def test_all_four_packages_are_installed_in_one_version_and_held(
    host: Host, toolkit: NvidiaContainerToolkitSettings
) -> None:
    """The pin of one alone does not resolve, and mixed versions break (NVIDIA/nvidia-container-toolkit, #1091)."""
    assert not_pinned(host, PACKAGES, toolkit.version) == []


def test_the_keyring_holds_the_pinned_key_alone(host: Host, toolkit: NvidiaContainerToolkitSettings) -> None:
    """Compared by fingerprint; the subkey that expired in 2021 does not count."""
    assert keyring_faults(host, KEYRING, toolkit.key_fingerprint) == []


def test_apt_knows_the_repository_once_and_by_that_key(
    host: Host, platform: Platform, toolkit: NvidiaContainerToolkitSettings, bundled: bool
) -> None:
    """nvidia-docker.list and its like, from older articles, would show as a second entry or as a clash.

    Where packages come from a bundle it is switched off.
    """
    ours, complaints = indexes(host, toolkit.repository)
    assert complaints == ""
    assert len([uri for uri in ours if uri.endswith("/InRelease")]) == (0 if bundled else 1)
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


@pytest.mark.usefixtures("cdi_in_docker")
def test_cdi_is_on_in_docker(docker_info: dict[str, Any]) -> None:
    """It shows folders for specifications only where CDI is on: by default from 28.2, before by `features`."""
    assert docker_info["CDISpecDirs"]


@pytest.mark.usefixtures("gpus")
@pytest.mark.usefixtures("cdi_declared")
def test_the_cdi_specification_fits_the_driver_and_the_gpus(host: Host) -> None:
    """One that is stale keeps containers from starting, or hides GPUs from them; an old one in /etc/cdi does so too."""
    state: CdiState = host.backend.connection.fact(CdiSpecifications)
    assert isinstance(state.driver, Driver), state.driver
    assert outdated_statics(state) | {SPEC: state.trouble(SPEC)} == {SPEC: None}


@pytest.mark.usefixtures("cdi_declared")
def test_the_gpus_are_described_at_every_boot(host: Host, platform: Platform, starts_by_command: bool) -> None:
    """The specification lies in /run, which is empty then."""
    if starts_by_command:
        assert host.file(SCRIPT).mode == 0o755
        return
    if not platform.systemd:
        pytest.skip("no systemd: nothing writes it after a boot but another apply")
    assert host.run("systemctl is-enabled %s", UNIT).stdout == "enabled\n"


def _own_default_runtime(host: Host) -> bool:
    """Whether a default runtime stands in daemon.json that no role put there."""
    docker: DockerState = host.backend.connection.fact(DockerDaemon)
    memory = parse_memory(docker.keys) if isinstance(docker.keys, bytes) else {}
    held = parse_object(docker.file) if isinstance(docker.file, bytes) else {}
    return "default-runtime" in held and not any(("default-runtime",) in paths for paths in memory.values())

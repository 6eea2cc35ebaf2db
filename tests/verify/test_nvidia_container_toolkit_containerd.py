"""containerd gives GPUs to containers by itself, where it is declared to."""

from __future__ import annotations

import secrets
import shlex
from typing import TYPE_CHECKING

import pytest

from gpufleet.containerd.drop_in import Wish
from gpufleet.containerd.effect import cri_off
from gpufleet.containerd.state import imported, outdated
from gpufleet.containerd.trial import lacking
from gpufleet.facts.containerd import Containerd, ContainerdRuntime
from gpufleet.verify.gpu_requests import smi, uuids
from gpufleet.verify.tiny_image import TinyImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testinfra.host import Host

    from gpufleet.containerd.state import ContainerdState
    from gpufleet.dockerd.state import Running
    from gpufleet.platform import Gpu, Platform
    from roles.nvidia_container_toolkit.settings import NvidiaContainerToolkitSettings

NVIDIAS = ("--runc-binary=/usr/bin/nvidia-container-runtime", "--env=NVIDIA_VISIBLE_DEVICES=all")
UNLIMITED = "--cpu-shares=0"
"""ctr asks for a share of the processor by default, which a host without that controller cannot give."""


@pytest.fixture(scope="module")
def state(host: Host, toolkit: NvidiaContainerToolkitSettings) -> ContainerdState:
    """What the host has of it, where it is to have the runtime."""
    if not toolkit.containerd:
        pytest.skip("nvidia_container_toolkit_containerd is false")
    found: ContainerdState = host.backend.connection.fact(Containerd)
    return found


@pytest.fixture(scope="module")
def image(
    host: Host,
    state: ContainerdState,  # noqa: ARG001 - it skips
    platform: Platform,
    dockerd: Running,  # noqa: ARG001 - it must run
) -> Iterator[tuple[str, str]]:
    """A namespace of containerd's with an image in which the host's nvidia-smi finds its libraries, but not itself."""
    namespace = f"gpufleet-verify-{secrets.token_hex(4)}"
    with TinyImage(host, (platform.nvidia_smi or "nvidia-smi",)).there() as made:
        name = f"docker.io/library/{made.name}"
        try:
            host.check_output("docker save %s | ctr -n %s image import -", made.name, namespace)
            yield namespace, name
        finally:
            host.run("ctr -n %s image rm --sync %s; ctr namespace rm %s", namespace, name, namespace)


def test_its_files_give_it_the_runtime_and_it_has_read_them(
    host: Host, state: ContainerdState, toolkit: NvidiaContainerToolkitSettings
) -> None:
    """`containerd config dump` shows what it makes of them. With CRI off, which alone reads it, no more can be told."""
    entry = host.backend.connection.fact(ContainerdRuntime)
    assert isinstance(state.dump, bytes), state.dump
    assert isinstance(state.file, bytes)
    assert imported(state.file)
    assert state.drop_in
    if not cri_off(state.dump):
        assert lacking(state.dump, Wish(entry, toolkit.cdi, toolkit.default_runtime)) is None
        assert not outdated(state)


def test_a_container_of_its_own_sees_the_gpus(
    host: Host, image: tuple[str, str], gpus: tuple[Gpu, ...], platform: Platform
) -> None:
    """Without Docker, by NVIDIA's runtime, as Kubernetes asks for it; the same GPUs that the host sees."""
    namespace, name = image
    words = ("ctr", "-n", namespace, "run", "--rm", UNLIMITED, *NVIDIAS, name, "gpus")
    container = host.run(shlex.join((*words, "/bin/sh", "-c", smi(platform.nvidia_smi))))
    assert container.succeeded, container.stderr
    assert uuids(container.stdout) == {gpu.uuid for gpu in gpus}

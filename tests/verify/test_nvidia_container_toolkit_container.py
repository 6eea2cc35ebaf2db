"""The NVIDIA Container Toolkit brings GPUs into containers.

They are made of the host's own shell, so that neither a registry nor a network is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gpufleet.verify.gpu_requests import INJECTED, NO_GPU, OPTIONS, Way, injection, smi, uuids
from gpufleet.verify.tiny_image import TinyImage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testinfra.host import Host

    from gpufleet.dockerd.state import Running
    from gpufleet.platform import Gpu, Platform

NOT_FOUND = 127
"""What a shell exits with when there is no such program."""


@pytest.fixture(scope="class")
def image(host: Host, platform: Platform, dockerd: Running) -> Iterator[TinyImage]:  # noqa: ARG001 - it must run
    """An image in which the host's nvidia-smi finds its libraries, but not itself."""
    with TinyImage(host, (platform.nvidia_smi or "nvidia-smi",)).there() as made:
        yield made


@pytest.mark.usefixtures("toolkit")
class TestAFreshContainer:
    """What it sees of the host's GPUs. The image and whatever ran from it go away with the last of them."""

    @pytest.mark.parametrize("way", ["runtime", "cdi"])
    def test_sees_the_gpus_that_it_asks_for(
        self, way: Way, image: TinyImage, gpus: tuple[Gpu, ...], platform: Platform, request: pytest.FixtureRequest
    ) -> None:
        """The same ones that the host sees: an index may mean another one inside, a UUID may not."""
        if way == "cdi":
            request.getfixturevalue("cdi_in_docker")
        container = image.run(f"{smi(platform.nvidia_smi)} && {INJECTED}", *OPTIONS[way])
        assert container.succeeded, container.stderr
        assert uuids(container.stdout) == {gpu.uuid for gpu in gpus}
        assert "/nvidia-smi\n" in container.stdout, "what was brought in does not show as such"

    @pytest.mark.usefixtures("gpus")
    def test_sees_nothing_of_them_without_asking(self, image: TinyImage, platform: Platform) -> None:
        """Neither the driver's programs nor its devices."""
        container = image.run(f"{INJECTED}; {smi(platform.nvidia_smi)}")
        assert (container.rc, container.stdout) == (NOT_FOUND, "")

    @pytest.mark.usefixtures("gpus")
    def test_sees_no_gpu_when_it_asks_for_none(self, image: TinyImage, platform: Platform) -> None:
        """The driver is there, as for a scheduler that adds devices itself."""
        container = image.run(smi(platform.nvidia_smi), *NO_GPU)
        assert container.succeeded, container.stderr
        assert uuids(container.stdout) == set()

    @pytest.mark.usefixtures("gpus")
    def test_gets_them_by_a_mechanism_that_is_named(
        self, image: TinyImage, platform: Platform, note: Callable[[str], None]
    ) -> None:
        """CDI outlives `systemctl daemon-reload`; with NVIDIA's hook a container loses its GPU then.

        See https://github.com/NVIDIA/nvidia-container-toolkit/issues/48.
        """
        container = image.run(f"echo $NVIDIA_VISIBLE_DEVICES; {smi(platform.nvidia_smi)}", *OPTIONS["runtime"])
        variable, _, listing = container.stdout.partition("\n")
        how = injection(variable, uuids(listing))
        assert how, f"neither CDI nor NVIDIA's hook brought a GPU: {container.stdout}{container.stderr}"
        note(f"--runtime=nvidia brings GPUs into containers by {how}")

"""A fresh container really runs.

Its image is made on the host out of the host's own shell, so that neither a registry nor a network is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gpufleet.verify.tiny_image import TinyImage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testinfra.host import Host

    from gpufleet.dockerd.state import Running
    from roles.docker_engine.settings import DockerEngineSettings

INTERFACES = "while IFS=: read -r name _; do echo $name; done </proc/net/dev"


@pytest.fixture(scope="session")
def image(host: Host, dockerd: Running) -> TinyImage:  # noqa: ARG001 - to be sure that it runs
    """The image as it is to be called; only inside the class below is it there."""
    return TinyImage(host)


@pytest.fixture(scope="class")
def _image_there(image: TinyImage) -> Iterator[None]:
    with image.there():
        yield


@pytest.fixture
def folder(host: Host) -> Iterator[str]:
    """A folder on the host that everybody may write into, whatever user a container's root is on the host."""
    path = host.check_output("mktemp -d")
    host.check_output("chmod 777 %s", path)
    yield path
    host.check_output("rm -r %s", path)


@pytest.mark.usefixtures("_image_there")
class TestAFreshContainer:
    """Ways to run one. The image and whatever ran from it go away with the last of them."""

    def test_says_what_it_was_told(self, image: TinyImage) -> None:
        """In a process namespace of its own, as the first process there."""
        container = image.run("echo $((6 * 7)) from process $$; echo a word to the side >&2")
        assert (container.rc, container.stdout, container.stderr) == (0, "42 from process 1\n", "a word to the side\n")

    def test_ends_with_the_exit_code_of_its_program(self, image: TinyImage) -> None:
        """What scripts and schedulers go by."""
        assert image.run("exit 3").rc == 3

    def test_reads_and_writes_a_folder_of_the_host(self, host: Host, image: TinyImage, folder: str) -> None:
        """What a workspace is."""
        host.check_output("echo from the host >%s/question", folder)
        script = "read -r line </data/question && echo $line && echo back >/data/answer"
        container = image.run(script, f"--volume={folder}:/data")
        assert (container.rc, container.stdout, container.stderr) == (0, "from the host\n", "")
        assert host.file(f"{folder}/answer").content_string == "back\n"

    def test_has_a_network(self, image: TinyImage, engine: DockerEngineSettings) -> None:
        """An interface besides the loopback, on the default bridge."""
        if engine.daemon.get("bridge") == "none":
            pytest.skip("the daemon is declared without a bridge")
        interfaces = image.run(INTERFACES).stdout.split()
        assert {"lo", "eth0"} <= set(interfaces)

    def test_has_none_where_none_is_asked_for(self, image: TinyImage) -> None:
        """The loopback alone."""
        interfaces = image.run(INTERFACES, "--network=none").stdout.split()
        assert "lo" in interfaces
        assert "eth0" not in interfaces


def test_the_containers_left_no_trace(image: TinyImage) -> None:
    """Neither a container nor an image."""
    assert image.traces() == []

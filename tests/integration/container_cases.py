"""The view of a container, on a host with the image debian:trixie-slim; test_verify_container.py runs this."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gpufleet.verify import program
from gpufleet.verify.container import ContainerError, inspected, running
from gpufleet.verify.throwaway import Throwaway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from testinfra.host import Host

    from gpufleet.verify.fixtures import Inside

IMAGE = "debian:trixie-slim"
NAME = "box"


@pytest.fixture
def box(host: Host) -> Iterator[str]:
    """A container whose user is `games`, with a folder of the host in it."""
    host.check_output(f"docker run -d --name {NAME} -u games -e SHOWN=yes -v /srv:/srv:ro {IMAGE} sleep infinity")
    yield NAME
    host.check_output(f"docker rm -f {NAME}")


def test_the_modules_of_testinfra_see_the_inside(host: Host, inside: Inside, box: str) -> None:
    container = inside(box)
    assert container.user().name == "games"
    assert container.file("/srv").is_directory
    assert not container.file("/none").exists
    assert container.file("/etc/hostname").content_string != host.file("/etc/hostname").content_string
    assert container.package("libc6").is_installed
    assert not container.package("docker-ce").is_installed
    assert host.package("docker-ce").is_installed
    assert container.environment()["SHOWN"] == "yes"
    assert container.mount_point("/srv").exists
    assert not host.mount_point("/srv").exists


def test_commands_have_exact_results_and_quoted_arguments(inside: Inside, box: str) -> None:
    done = inside(box).run("printf '%%s\\377|' %s; echo side >&2; exit 3", 'it\'s "$HOME" \n')
    assert (done.rc, done.stdout_bytes, done.stderr) == (3, b'it\'s "$HOME" \n\xff|', "side\n")


def test_commands_run_as_whom_they_are_told_to(inside: Inside, box: str) -> None:
    assert inside(box, user="root").check_output("id -u") == "0"
    assert inside(box, user="1234:0").check_output("echo $(id -u):$(id -g)") == "1234:0"


def test_a_missing_container_is_said_to_be_missing(host: Host, inside: Inside) -> None:
    with pytest.raises(ContainerError, match=r"container none cannot be looked at: .*No such container"):
        inside("none")
    with pytest.raises(ContainerError, match="No such container"):
        inspected(host, "none")


def test_a_stopped_and_a_paused_container_are_said_to_be_so(host: Host, inside: Inside, box: str) -> None:
    host.check_output("docker pause %s", box)
    with pytest.raises(ContainerError, match=r"container box does not run \(paused\)"):
        inside(box)
    host.check_output("docker unpause %s && docker kill %s", box, box)
    with pytest.raises(ContainerError, match=r"container box does not run \(exited with 137 at "):
        running(host, box)
    assert inspected(host, box)["State"]["ExitCode"] == 137


def test_a_container_that_goes_away_is_not_taken_for_a_file_that_is_not_there(
    host: Host, inside: Inside, box: str
) -> None:
    container = inside(box)
    host.check_output("docker stop --time 0 %s", box)
    with pytest.raises(ContainerError, match="does not run"):
        assert container.file("/srv").exists


def test_a_program_goes_in_by_standard_input_and_answers(host: Host, throwaway: Throwaway, tmp_path: Path) -> None:
    shell = tmp_path / "program.sh"
    shell.write_text('echo "{\\"arguments\\": \\"$*\\", \\"pid\\": $$}"\n' + "# long\n" * 5000)
    words = throwaway.words(IMAGE, ["sh", "-s", "one", "two"], "-i")
    assert program.run(host, words, shell) == {"arguments": "one two", "pid": 1}
    shell.write_text("nonesuch\n")
    with pytest.raises(program.ProgramError, match=r"no answer, exit code 127: .*nonesuch"):
        program.run(host, words, shell)


def test_fresh_containers_leave_nothing(host: Host) -> None:
    with Throwaway(host).there() as containers:
        assert containers.run(IMAGE, ["sh", "-c", "exit 4"]).rc == 4
        host.check_output(" ".join(containers.words(IMAGE, ["sleep", "infinity"], "--detach")))
        label = f"label=gpufleet.verify={containers.token}"
        assert len(host.check_output("docker ps -q --filter %s", label).split()) == 1
    assert host.check_output("docker ps -aq --filter %s", label) == ""


def test_both_views_are_of_one_container(host: Host, inside: Inside, box: str) -> None:
    assert inside(box).check_output("cat /etc/hostname") == host.docker(box).inspect()["Config"]["Hostname"]

"""Every declared sandbox runs, is what is declared, and looks so from inside."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from gpufleet.containers.compare import gaps
from gpufleet.containers.state import Containers
from gpufleet.facts.containers import ContainersOfHost
from gpufleet.verify.container import ContainerError, running
from gpufleet.verify.mounts import mounted
from roles.sandbox.container import WORKSPACE
from roles.sandbox.deploy import SCRIPT, UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testinfra.host import Host

    from gpufleet.platform import Platform
    from roles.sandbox.wanted import Wanted


@pytest.fixture(scope="session")
def observed(host: Host, sandboxes: list[Wanted]) -> Containers:
    """What Docker says of them, read as the role reads it."""
    found = host.backend.connection.fact(
        ContainersOfHost,
        names=[each.name for each in sandboxes],
        references=[each.container.image for each in sandboxes],
        variables=sorted({name for each in sandboxes for name in each.container.environment}),
    )
    return found if isinstance(found, Containers) else pytest.fail(found.why, pytrace=False)


@pytest.mark.usefixtures("dockerd")
def test_every_declared_sandbox_runs(host: Host, sandboxes: list[Wanted]) -> None:
    """Now, which after a reboot needs more than a restart policy."""
    assert [reason for each in sandboxes if (reason := _not_there(host, each.name))] == []


def test_each_is_what_is_declared(observed: Containers, sandboxes: list[Wanted]) -> None:
    """As Docker shows it: image, mounts, shm, GPUs, user, ports, restart policy, command, variables."""
    there = [each for each in sandboxes if each.name in observed.containers]
    assert there, "there is none of them"
    images = observed.images
    differing = {
        each.name: gaps(each.container, observed.containers[each.name], images.get(each.container.image))
        for each in there
    }
    assert {name: [str(gap) for gap in found] for name, found in differing.items() if found} == {}


def test_the_workspace_is_the_hosts_and_can_be_written_to(
    host: Host, sandboxes: list[Wanted], views: Mapping[str, Host]
) -> None:
    """By the user inside: what is made there is that user's on the host, and stays when the sandbox goes."""
    for each in sandboxes:
        name, view = f".gpufleet-verify-{secrets.token_hex(4)}", views[each.name]
        try:
            made = view.run("echo from inside >%s", f"{WORKSPACE}/{name}")
            assert made.succeeded, f"{each.name}: {made.stderr}"
            file = host.file(f"{each.workspace}/{name}")
            assert (file.content_string, file.uid) == ("from inside\n", int(view.check_output("id -u")))
        finally:
            host.run("rm -f %s", f"{each.workspace}/{name}")


def test_every_mount_shows_inside(sandboxes: list[Wanted], views: Mapping[str, Host]) -> None:
    """At its place, and writable or not as declared."""
    for each in sandboxes:
        there = _mounted(views[each.name])
        for mount in each.container.mounts:
            assert mount.target in there, f"{each.name}: nothing is mounted at {mount.target}"
            assert ("rw" in there[mount.target]) is mount.writable, f"{each.name}: {mount}"


def test_shared_memory_has_its_size(sandboxes: list[Wanted], views: Mapping[str, Host]) -> None:
    """Data loaders hand batches through it; Docker's own 64 MB end them with a bus error."""
    sizes = {each.name: _size(_mounted(views[each.name])["/dev/shm"]) for each in sandboxes}  # noqa: S108 - it is what is asked about
    assert sizes == {each.name: each.container.shm_bytes for each in sandboxes}


def test_the_user_inside_is_the_declared_one(
    sandboxes: list[Wanted], observed: Containers, views: Mapping[str, Host]
) -> None:
    """A name or a number, with a group behind a colon; without a declaration the image's."""
    for each in sandboxes:
        user, _, group = (each.container.user or _user_of(each.container.image, observed)).partition(":")
        view = views[each.name]
        assert user in view.check_output("id -u; id -un 2>/dev/null || true").split(), each.name
        assert not group or group in view.check_output("id -g; id -gn 2>/dev/null || true").split(), each.name


def test_those_that_docker_could_not_start_are_started_at_every_boot(
    host: Host, sandboxes: list[Wanted], platform: Platform, starts_by_command: bool
) -> None:
    """Docker leaves one that could not be started, for want of its GPU for instance."""
    if starts_by_command:
        assert host.file(SCRIPT).mode == 0o755
        return
    if not platform.systemd:
        pytest.skip(f"no systemd: what Docker cannot start of {len(sandboxes)} waits for another apply")
    assert host.run("systemctl is-enabled %s", UNIT).stdout == "enabled\n"


def _mounted(view: Host) -> dict[str, list[str]]:
    return mounted(view.check_output("cat /proc/self/mounts"))


def _user_of(reference: str, observed: Containers) -> str:
    """Who the processes of an image are."""
    image = observed.images.get(reference)
    return (image.user or "root") if image else pytest.fail(f"there is no image {reference}", pytrace=False)


def _not_there(host: Host, name: str) -> str | None:
    try:
        running(host, name)
    except ContainerError as error:
        return str(error)
    return None


def _size(options: list[str]) -> int:
    """Of a tmpfs, in bytes; the kernel shows it in units of 1024 (`size=16777216k`)."""
    size = next(option for option in options if option.startswith("size="))
    return int(size.removeprefix("size=").removesuffix("k")) << 10

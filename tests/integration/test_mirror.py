"""The mirror against the programs that meet it: apt, dpkg and dockerd of real lab hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import urllib3
from pysequoia import Cert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab
    from tests.lab.mirror import Mirror

REPOSITORY = "download.docker.com/linux/debian"
KEY = "/linux/debian/gpg"
UPDATE = "apt-get -o APT::Update::Error-Mode=any update 2>&1"
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
OLDER, NEWER = (f"5:26.1.5-{revision}~debian.13~trixie" for revision in (1, 2))
# By hand and without the product: this is about the mirror.
ADD_SOURCE = f"""
set -e
apt-get update -qq && {INSTALL} ca-certificates curl > /dev/null 2>&1
install -d -m 0755 /etc/apt/keyrings
curl -fsS https://{REPOSITORY}/gpg -o /etc/apt/keyrings/docker.asc
. /etc/os-release
echo "deb [signed-by=/etc/apt/keyrings/docker.asc] https://{REPOSITORY} $VERSION_CODENAME stable" \
    > /etc/apt/sources.list.d/docker.list
{UPDATE}
"""


alone = pytest.mark.slow
"""These change what every host is served: they run where no other test does."""


@pytest.fixture
def mirror(lab: Lab) -> Iterator[Mirror]:
    """The mirror, serving everything as it is again after the test."""
    yield lab.mirror
    lab.mirror.resume()
    lab.mirror.restore()


@pytest.fixture(scope="module")
def subscribed(lab: Lab) -> Iterator[LabHost]:
    """A Debian 13 host whose apt knows Docker's repository."""
    host = lab.host("debian13")
    host.ssh(ADD_SOURCE)
    yield host
    host.destroy()


def test_apt_verifies_the_repository_and_offers_both_revisions(subscribed: LabHost) -> None:
    versions = subscribed.ssh("apt-cache madison docker-ce").stdout
    assert [line.split("|")[1].strip() for line in versions.splitlines()] == [NEWER, OLDER]


@alone
def test_apt_refuses_a_release_file_changed_after_it_was_signed(subscribed: LabHost, mirror: Mirror) -> None:
    path = f"{REPOSITORY}/dists/trixie/InRelease"
    mirror.serve(path, mirror.published(path).replace(b"Label: Docker CE", b"Label: Dokker CE"))
    refused = subscribed.ssh(UPDATE, check=False)
    assert refused.returncode != 0
    assert "is not signed" in refused.stdout or "signature" in refused.stdout.lower()
    mirror.restore()
    subscribed.ssh(UPDATE)


@alone
def test_apt_refuses_a_package_changed_after_it_was_signed(subscribed: LabHost, mirror: Mirror) -> None:
    index = mirror.published(f"{REPOSITORY}/dists/trixie/stable/binary-amd64/Packages").decode()
    path = next(
        line.removeprefix("Filename: ")
        for line in index.splitlines()
        if line.startswith("Filename: ") and f"docker-ce-cli_{NEWER[2:]}" in line
    )
    package = mirror.published(f"{REPOSITORY}/{path}")
    mirror.serve(f"{REPOSITORY}/{path}", package[:-1] + bytes([package[-1] ^ 1]))
    refused = subscribed.ssh("cd /var/tmp && apt-get download docker-ce-cli 2>&1", check=False)
    assert refused.returncode != 0
    assert "Hash Sum mismatch" in refused.stdout


@alone
def test_the_right_and_another_valid_key_are_served(mirror: Mirror) -> None:
    _, right = mirror.fetch("download.docker.com", KEY)
    mirror.serve_key("other")
    _, other = mirror.fetch("download.docker.com", KEY)
    fingerprints = [Cert.from_bytes(key).fingerprint.upper() for key in (right, other)]
    assert fingerprints == [mirror.docker_fingerprint, mirror.other_fingerprint]


@alone
@pytest.mark.parametrize("which", ["html", "truncated"])
def test_a_broken_key_comes_with_status_200(mirror: Mirror, which: str) -> None:
    mirror.serve_key(which)  # type: ignore[arg-type]
    status, body = mirror.fetch("download.docker.com", KEY)
    assert status == 200
    with pytest.raises(Exception, match=r"unexpected EOF|Malformed Cert"):
        Cert.from_bytes(body)


@alone
def test_an_unavailable_key_is_a_503_and_a_paused_mirror_refuses_connections(mirror: Mirror) -> None:
    mirror.serve_key("unavailable")
    assert mirror.fetch("download.docker.com", KEY)[0] == 503
    mirror.serve_key("right")
    mirror.pause()
    with pytest.raises(urllib3.exceptions.NewConnectionError, match="refused"):
        mirror.fetch("download.docker.com", KEY)
    mirror.resume()
    assert mirror.fetch("download.docker.com", KEY)[0] == 200


def test_a_pinned_older_docker_installs_runs_a_docker_hub_image_and_upgrades(subscribed: LabHost) -> None:
    subscribed.ssh(f"{INSTALL} docker-ce={OLDER} docker-ce-cli={OLDER} containerd.io=1.7.24-1 docker-buildx-plugin")
    assert subscribed.ssh("docker info --format '{{.ServerVersion}}'").stdout.startswith("26.1.5")
    assert subscribed.ssh("systemctl is-enabled docker docker.socket containerd").stdout.split() == ["enabled"] * 3
    before = subscribed.ssh("systemctl show --property MainPID docker").stdout
    greeting = subscribed.ssh("docker run --rm debian:trixie-slim sh -c '. /etc/os-release; echo $VERSION_CODENAME'")
    assert greeting.stdout == "trixie\n"
    assert "buildx" in subscribed.ssh("docker buildx version").stdout

    subscribed.ssh(f"{INSTALL} docker-ce docker-ce-cli containerd.io")
    assert NEWER in subscribed.ssh("dpkg-query --show docker-ce").stdout
    assert subscribed.ssh("systemctl show --property MainPID docker").stdout != before
    subscribed.ssh("docker info && dpkg --verify docker-ce docker-ce-cli containerd.io docker-buildx-plugin")


@pytest.mark.slow  # that they replace them is in every gate with the product in between: test_apt.py
def test_dockers_packages_replace_debians_and_clash_with_debians_buildx_as_the_real_ones(lab: Lab) -> None:
    host = lab.host("debian13")
    try:
        host.ssh(ADD_SOURCE)
        host.ssh(f"{INSTALL} docker.io docker-cli docker-buildx iptables")
        # The real plugin declares no conflict with the file that it overwrites: docker/docs pull request 25650.
        clash = host.ssh(f"{INSTALL} docker-ce docker-buildx-plugin 2>&1", check=False)
        assert clash.returncode != 0
        assert "which is also in package docker-buildx" in clash.stdout
        host.ssh(f"{INSTALL} docker-ce docker-buildx-plugin docker-buildx-")
        states = host.ssh(
            "dpkg-query -W -f '${Package} ${db:Status-Abbrev}\\n' '*docker*' '*containerd*' 'runc'"
        ).stdout
        installed = {line.split()[0] for line in states.splitlines() if line.split()[-1] == "ii"}
        assert installed == {"docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin"}
        host.ssh("docker info")
    finally:
        host.destroy()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["debian12", "debian13-plain"])
def test_other_kinds_of_hosts_run_the_stand_ins_too(lab: Lab, kind: str) -> None:
    host = lab.host(kind)
    try:
        host.ssh(ADD_SOURCE)
        host.ssh(f"{INSTALL} docker-ce docker-ce-cli containerd.io docker-buildx-plugin")
        # Where nothing says which runlevel this is, invoke-rc.d starts nothing: the real package's way too.
        host.ssh("test -d /run/systemd/system || service docker start")
        host.ssh("for second in $(seq 30); do docker info > /dev/null 2>&1 && break; sleep 1; done; docker info")
        assert host.ssh("docker run --rm debian:trixie-slim echo ran").stdout == "ran\n"
    finally:
        host.destroy()

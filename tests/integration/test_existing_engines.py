"""Hosts with a Docker or a Podman of somebody's: kept, refused or replaced, and what runs goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.existing import APT_INSTALL, DEBIANS_DOCKER, DOCKER_LIST, RUN, SMALL, Existing
from tests.lab import container as containers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

OLDER, NEWER = (f"5:26.1.5-{revision}~debian.13~trixie" for revision in "12")
DOCKERS_OLDER = f"docker-ce={OLDER} docker-ce-cli={OLDER} containerd.io docker-buildx-plugin"
"""All of Docker's own packages that apply asks for."""
STORAGE = '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n'
PODMANS = "podman inspect -f '{{.State.Status}} {{.State.Pid}}' theirs"
ROOTLESS = r"""
export XDG_RUNTIME_DIR=/run/user/1000 PATH=$PATH:/usr/sbin:/usr/share/docker.io/contrib
export DOCKERD_ROOTLESS_ROOTLESSKIT_NET=host DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER=none
setsid dockerd-rootless.sh --storage-driver=vfs --iptables=false --ip6tables=false --bridge=none \
    </dev/null >rootless.log 2>&1 &
export DOCKER_HOST=unix:///run/user/1000/docker.sock
for second in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 1; done
"""
THEIR_DOCKER = "export DOCKER_HOST=unix:///run/user/1000/docker.sock; "
BY_HAND = """
set -e
systemctl stop docker.socket docker containerd
for program in dockerd docker-proxy containerd containerd-shim-runc-v2 runc docker; do
    cp "$(command -v $program)" /root/$program
done
cp /usr/bin/tini-static /root/docker-init
sed 's#/usr/sbin#/usr/local/bin#; s# --containerd=[^ ]*##' /usr/lib/systemd/system/docker.service >/root/docker.service
cp /usr/lib/systemd/system/docker.socket /root
apt-get -qy purge docker.io docker-cli containerd runc tini >/dev/null
mv /root/docker.service /root/docker.socket /etc/systemd/system
mv /root/docker* /root/containerd* /root/runc /usr/local/bin
groupadd -f docker
systemctl daemon-reload
systemctl enable --now docker.socket docker.service
"""
GONE_BY_HAND = (
    "docker rm -f mine && systemctl disable --now docker.socket docker && rm /etc/systemd/system/docker.*"
    " /usr/local/bin/docker* /usr/local/bin/containerd* /usr/local/bin/runc && systemctl daemon-reload"
)
MOBY = f"""
set -e
cd /root && apt-get download -qq docker.io && dpkg-deb -R docker.io_*.deb moby
sed -i 's/^Package: .*/Package: moby-engine/' moby/DEBIAN/control
dpkg-deb -Znone -b moby >/dev/null
{APT_INSTALL} ./moby.deb docker-cli iptables ca-certificates
"""
"""Debian's own Docker by the name that another vendor gives its."""
OLD_VERSION = "5:20.10.24~3-0~debian-bookworm"
OLD_DOCKER = f"""
set -e
cd /root && apt-get download -qq docker.io && dpkg-deb -R docker.io_*.deb ce
mkdir -p cli/DEBIAN cli/usr/bin && mv ce/usr/bin/docker cli/usr/bin && rm -r ce/usr/share
control() {{
    printf 'Package: %s\\nVersion: {OLD_VERSION}\\nArchitecture: amd64\\nDepends: %s\\n' "$2" "$3" >$1/DEBIAN/control
    printf 'Maintainer: the lab\\nDescription: a stand-in\\n' >>$1/DEBIAN/control
    rm -f $1/DEBIAN/md5sums && dpkg-deb -Znone -b $1 >/dev/null
}}
control ce docker-ce 'containerd.io, docker-ce-cli, iptables'
control cli docker-ce-cli libc6
apt-get -qy install ./ce.deb ./cli.deb
"""
"""Docker's own packages of 2023, with the program that Debian 12 has."""


@pytest.fixture
def existing(lab: Lab, fresh: LabHost) -> Existing:
    return Existing(lab, fresh)


@pytest.fixture
def old(lab: Lab) -> Iterator[Existing]:
    """A Debian 12, whose own Docker is of 2023."""
    host = lab.host("debian12")
    yield Existing(lab, host)
    host.destroy()


@pytest.mark.slow
def test_the_distributions_docker_is_kept_and_is_replaced_once_its_containers_have_stopped(existing: Existing) -> None:
    host = existing.host
    host.ssh(f"{DEBIANS_DOCKER} && {RUN}")
    theirs = '{ "debug":false,"labels": ["caf\\u00e9=<1>"], "max-concurrent-downloads": 3 }\n'
    host.ssh("cat >/etc/docker/daemon.json; systemctl reload docker", stdin=theirs)
    alive = existing.container
    existing.converge()
    assert existing.container == alive
    wanted: dict[str, object] = {"docker_engine_source": "docker"}
    existing.refused("1 containers are running", **wanted)
    host.ssh("docker stop -t 0 mine")
    existing.refused("Set docker_engine_replace: true", **wanted)
    existing.converge(**wanted, docker_engine_replace=True)
    assert "ii  docker-ce " in existing.packages
    assert '"caf\\u00e9=<1>"' in existing.daemon_json
    host.ssh("docker start mine")


@pytest.mark.slow
def test_dockers_own_is_kept_and_is_replaced_by_the_distributions_once_its_containers_have_stopped(
    existing: Existing,
) -> None:
    host = existing.host
    existing.dockers_repository()
    host.ssh(f"{APT_INSTALL} docker-ce docker-ce-cli containerd.io docker-buildx-plugin && {RUN}")
    alive = existing.container
    wanted: dict[str, object] = {"docker_engine_source": "distribution"}
    existing.refused("1 containers are running", **wanted)
    assert existing.container == alive
    host.ssh("docker stop -t 0 mine")
    existing.refused("Set docker_engine_replace: true", **wanted)
    existing.converge(**wanted, docker_engine_replace=True)
    assert "ii  docker.io " in existing.packages
    assert "ii  docker-ce " not in existing.packages
    assert "ii  containerd.io " not in existing.packages
    assert host.ssh("cat /etc/apt/sources.list.d/docker.list").stdout.startswith("deb "), "theirs"
    host.ssh("docker start mine")


@pytest.mark.slow
def test_dockers_own_of_2023_is_refused_and_upgraded_once_a_version_is_declared_and_nothing_runs(old: Existing) -> None:
    old.dockers_repository("bookworm")
    old.host.ssh(f"{APT_INSTALL} containerd.io iptables && {OLD_DOCKER}")
    old.host.ssh("docker run -d --name mine debian:bookworm-slim sleep 9999")
    alive = old.container
    old.refused(f"Docker {OLD_VERSION} is there", "Set docker_engine_version to a newer one")
    wanted = {"docker_engine_version": "26.1.5"}
    old.refused("would stop them for its upgrade", **wanted)
    assert old.container == alive
    old.host.ssh("docker stop -t 0 mine")
    old.converge(**wanted)
    assert "hi  docker-ce 5:26.1.5" in old.packages
    old.host.ssh("docker start mine")


@pytest.mark.slow
def test_a_swarm_whose_daemon_is_stopped_is_known_by_its_disk_and_gets_no_live_restore(existing: Existing) -> None:
    host = existing.host
    host.ssh(f"{DEBIANS_DOCKER} && docker swarm init --advertise-addr 127.0.0.1")
    host.ssh("systemctl stop docker.socket docker.service")
    existing.converge()
    assert host.ssh("docker info -f '{{.Swarm.LocalNodeState}} {{.LiveRestoreEnabled}}'").stdout == "active false\n"
    tried = "journalctl -u docker.service | grep -c 'incompatible with swarm mode'"
    assert host.ssh(tried, check=False).stdout == "0\n", "dockerd was never started with both"


@pytest.mark.slow
def test_another_version_of_dockers_own_is_kept_moves_when_pinned_and_its_key_is_no_longer_for_everything(
    existing: Existing,
) -> None:
    host = existing.host
    key = "/etc/apt/trusted.gpg.d/docker.asc"
    containers.put_file(host.container, key, existing.lab.mirror.key("right"))
    host.ssh(f"{APT_INSTALL} ca-certificates && echo '{DOCKER_LIST}' >/etc/apt/sources.list.d/docker.list")
    host.ssh(f"{APT_INSTALL} {DOCKERS_OLDER} && {RUN}")
    alive, newer = existing.container, NEWER
    host.ssh("sed -i 's#\\]# signed-by=/usr/share/keyrings/gone.gpg]#' /etc/apt/sources.list.d/docker.list")
    assert host.ssh("apt-get -q update -o APT::Update::Error-Mode=any", check=False).returncode
    existing.converge()
    assert f"ii  docker-ce {OLDER}" in existing.packages
    assert host.ssh(f"ls {key} /etc/apt/sources.list.d/docker.list", check=False).stdout == ""
    host.ssh("apt-get -q update -o APT::Update::Error-Mode=any")
    assert existing.container == alive
    host.ssh("apt-mark hold docker-ce-cli")
    existing.converge(docker_engine_version=newer)
    assert f"hi  docker-ce {newer}" in existing.packages
    assert existing.container == alive
    existing.converge()
    assert f"ii  docker-ce {newer}" in existing.packages, "no version is declared any more"
    assert f"hi  docker-ce-cli {newer}" in existing.packages, "a hold of theirs"
    host.ssh("apt-mark hold docker-ce")
    existing.converge()
    assert f"hi  docker-ce {newer}" in existing.packages, "theirs by now"


@pytest.mark.slow
def test_dockers_own_out_of_files_needs_no_repository_until_another_version_is_declared(existing: Existing) -> None:
    host = existing.host
    ours = "/etc/apt/sources.list.d/docker.sources /etc/apt/keyrings/docker.asc"
    existing.dockers_repository()
    host.ssh(f"{APT_INSTALL} {DOCKERS_OLDER} && {RUN}")
    host.ssh("rm /etc/apt/sources.list.d/docker.list /etc/apt/keyrings/docker.asc")
    alive = existing.container
    existing.converge(docker_engine_repository="https://download.docker.invalid/linux")
    assert host.ssh(f"ls {ours}", check=False).stdout == ""
    existing.converge(docker_engine_version=NEWER)
    assert f"hi  docker-ce {NEWER}" in existing.packages
    host.ssh(f"rm {ours}")
    existing.converge()
    assert host.ssh(f"ls {ours}").stdout.split() == sorted(ours.split()), "apt had them by an apply"
    assert existing.container == alive


@pytest.mark.slow
def test_a_docker_that_is_too_old_is_refused_with_its_containers_running_and_the_way_out_works(old: Existing) -> None:
    old.host.ssh(
        f"{APT_INSTALL} docker.io ca-certificates && docker run -d --name mine debian:bookworm-slim sleep 9999"
    )
    alive = old.container
    old.refused("Docker 20.10", "Set docker_engine_source: docker and docker_engine_replace: true")
    wanted = {"docker_engine_source": "docker", "docker_engine_replace": True}
    old.refused("1 containers are running", **wanted)
    assert old.container == alive
    old.host.ssh("docker stop -t 0 mine")
    old.converge(**wanted)
    old.host.ssh("docker start mine")


@pytest.mark.slow
def test_a_snap_is_refused_whatever_is_consented_to(existing: Existing) -> None:
    existing.host.ssh("mkdir -p /snap/bin /snap/docker && touch /snap/bin/docker")
    for consent in (False, True):
        existing.refused("sudo snap remove docker", docker_engine_replace=consent)
    existing.host.ssh("rm -r /snap")
    existing.converge()


@pytest.mark.slow
def test_podmans_docker_command_goes_on_consent_only_and_podmans_containers_go_on(existing: Existing) -> None:
    host = existing.host
    host.ssh(f"{APT_INSTALL} podman-docker ca-certificates")
    host.ssh("cat >/etc/containers/storage.conf; systemctl start podman.socket", stdin=STORAGE)
    host.ssh(f"{SMALL} | docker import - small")
    host.ssh("docker run -d --network none --cgroups disabled --name theirs small sleep 9999")
    alive = host.ssh(PODMANS).stdout
    for source in ("auto", "distribution"):
        existing.refused("podman-docker installed", "docker_engine_replace: true", docker_engine_source=source)
    existing.converge(docker_engine_replace=True)
    assert host.ssh(PODMANS).stdout == alive
    assert host.ssh("bash -lc 'docker info -f {{.OperatingSystem}}'").stdout.startswith("Debian"), "not Podman's socket"
    assert host.ssh("podman ps --format '{{.Names}}'; systemctl is-active podman.socket").stdout == "theirs\nactive\n"


@pytest.mark.slow
def test_a_rootless_docker_alone_is_refused_is_not_disturbed_and_lives_beside_a_system_wide_one(
    existing: Existing,
) -> None:
    host = existing.host
    host.ssh(f"{DEBIANS_DOCKER} rootlesskit uidmap slirp4netns dbus-user-session")
    host.ssh("systemctl disable --now docker.service; grep -q ops /etc/subuid; loginctl enable-linger ops; sleep 1")
    host.ssh(ROOTLESS, root=False)
    host.ssh(f"{THEIR_DOCKER}{SMALL} | docker import - small", root=False)
    host.ssh(f"{THEIR_DOCKER}docker run -d --network none --name theirs small sleep 9999", root=False)
    shown = f"{THEIR_DOCKER}docker inspect -f '{{{{.State.Status}}}} {{{{.State.Pid}}}}' theirs"
    alive = host.ssh(shown, root=False).stdout
    existing.refused("a rootless daemon only", "sudo systemctl start docker")
    assert host.ssh("systemctl is-active docker.service docker.socket", check=False).stdout == "inactive\nactive\n"
    host.ssh("systemctl start docker")
    existing.converge()
    assert host.ssh(shown, root=False).stdout == alive
    assert alive.startswith("running")


@pytest.mark.slow
def test_a_docker_that_somebody_put_there_by_hand_is_kept_and_never_replaced(existing: Existing) -> None:
    for command in (DEBIANS_DOCKER, BY_HAND, RUN):
        existing.host.ssh(command)
    alive = existing.container
    wanted = {"docker_engine_source": "docker", "docker_engine_replace": True}
    existing.refused("/usr/local/bin/dockerd belongs to no package", **wanted)
    existing.converge()
    assert existing.container == alive


@pytest.mark.slow
def test_an_old_docker_by_hand_is_refused_with_a_way_out_that_is_not_refused_in_turn(old: Existing) -> None:
    old.host.ssh(f"{APT_INSTALL} docker.io ca-certificates iptables")
    old.host.ssh(BY_HAND.replace(" docker-cli", ""))
    old.host.ssh("docker run -d --name mine debian:bookworm-slim sleep 9999")
    alive = old.container
    old.refused("20.10", "/usr/local/bin/dockerd, of no package", "Upgrade it the way it came. Or: Remove it")
    wanted = {"docker_engine_source": "docker", "docker_engine_replace": True}
    old.refused("/usr/local/bin/dockerd belongs to no package", "Remove it", **wanted)
    assert old.container == alive
    old.host.ssh(GONE_BY_HAND)
    old.converge()
    assert "ii  docker-ce " in old.packages


@pytest.mark.slow
def test_a_docker_of_another_vendors_package_is_kept_and_that_package_is_named(existing: Existing) -> None:
    existing.host.ssh("apt-get -q update")
    for command in (MOBY, RUN):
        existing.host.ssh(command)
    alive = existing.container
    wanted = {"docker_engine_source": "docker", "docker_engine_replace": True}
    existing.refused("/usr/sbin/dockerd belongs to package moby-engine", "sudo apt-get remove moby-engine", **wanted)
    existing.converge()
    assert existing.container == alive

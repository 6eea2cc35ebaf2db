"""Keys, sources and packages, against a real repository with real signatures."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.integration.apply import apply, apply_well
from tests.integration.daemon import RESTART

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

KEYRING = "/etc/apt/keyrings/docker.asc"
SOURCE = "/etc/apt/sources.list.d/docker.sources"
APT_INSTALL = "apt-get -q update && apt-get -qy install --no-install-recommends"
INSTALLED = "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' docker-ce docker.io containerd runc 2>/dev/null"

HOLD = """
open(my $lock, '>>', '/var/lib/dpkg/lock-frontend') or die;
my $write_lock = pack('s s x4 q q l x4', 1, 0, 0, 0, 0);
fcntl($lock, 6, $write_lock) or die;  # F_SETLK
open(my $held, '>', '/run/held') or die;
sleep 1 while -e '/run/held';
"""
INSTALLS = "for pid in $(pgrep -x apt-get); do tr '\\0' ' ' </proc/$pid/cmdline; done | grep ' install '"
SECONDS = 180
AT_LEAST = 5
"""Seconds for which apt is seen waiting; the first try comes at once."""


@pytest.fixture(scope="module")
def bare(lab: Lab) -> Iterator[LabHost]:
    """A host on which nothing is ever installed."""
    host = lab.host()
    yield host
    host.destroy()


@pytest.fixture(scope="module")
def mended(lab: Lab, converged_snapshot: str) -> Iterator[LabHost]:
    """A host on which deploy.py was applied, for all tests whose last apply leaves it so."""
    host = lab.host(from_snapshot=converged_snapshot)
    yield host
    host.destroy()


@pytest.mark.parametrize(
    ("kind", "said"),
    [("other", "key [0-9A-F]{40} \\(wanted"), ("html", "not an OpenPGP key"), ("truncated", "the armor is incomplete")],
)
def test_anything_but_the_pinned_key_is_refused_and_leaves_nothing(
    lab: Lab, bare: LabHost, kind: str, said: str
) -> None:
    lab.mirror.serve(f"download.docker.com/{kind}/debian/gpg", lab.mirror.key(kind))
    done = apply(lab, bare, docker_engine_repository=f"https://download.docker.com/{kind}")
    assert done.status == 1
    assert re.search(said, done.output), done.output
    assert bare.ssh(f"ls {KEYRING} {SOURCE} /var/lib/gpufleet/keyring.download", check=False).stdout == ""


@pytest.mark.parametrize(
    "tampering",
    [
        pytest.param(f"truncate -s 200 {KEYRING}", id="truncated"),
        pytest.param(f"rm {KEYRING}", id="gone"),
        pytest.param(f"chmod 600 {KEYRING}", id="unreadable for apt"),
        pytest.param(f"sed -i '5s/^./#/' {KEYRING}", id="one letter changed"),
    ],
)
def test_a_tampered_keyring_is_mended(lab: Lab, mended: LabHost, tampering: str) -> None:
    before = mended.ssh(f"sha256sum {KEYRING}; stat -c %a {KEYRING}").stdout
    mended.ssh(tampering)
    assert apply_well(lab, mended) == ["Install Docker's key", "Remember what was declared"]
    assert mended.ssh(f"sha256sum {KEYRING}; stat -c %a {KEYRING}").stdout == before


def test_a_half_configured_package_is_configured_again(lab: Lab, mended: LabHost) -> None:
    half = "/^Package: docker-ce$/,/^Status/s/^Status: .*/Status: install ok half-configured/"
    mended.ssh(f"sed -i '{half}' /var/lib/dpkg/status")
    assert mended.ssh("dpkg --audit").stdout
    assert "Install Docker's packages" in apply_well(lab, mended)
    assert mended.ssh("dpkg --audit").stdout == ""


def test_a_lock_that_another_apt_holds_is_waited_for(lab: Lab, mended: LabHost) -> None:
    mended.ssh("apt-get -qy remove docker-buildx-plugin")
    mended.ssh("cat > /root/hold.pl && (setsid perl /root/hold.pl > /dev/null 2>&1 &)", stdin=HOLD)
    mended.ssh(f"timeout {SECONDS} sh -c 'until [ -e /run/held ]; do sleep 0.1; done'")
    assert "locked" in mended.ssh("dpkg --configure -a", check=False).stderr
    with ThreadPoolExecutor(1) as pool:
        applying = pool.submit(apply_well, lab, mended)
        try:
            waiting = mended.ssh(f"for i in $(seq {SECONDS}); do {INSTALLS} && exit; sleep 1; done; exit 1").stdout
            assert "DPkg::Lock::Timeout=600" in waiting
            sleep(AT_LEAST)
            assert not applying.done(), applying.result()
        finally:
            mended.ssh("rm /run/held")
        assert "Install Docker's packages" in applying.result()


def test_a_source_that_was_edited_is_restored_and_one_beside_it_goes(lab: Lab, mended: LabHost) -> None:
    before = mended.ssh(f"cat {SOURCE}").stdout
    mended.ssh(f"echo 'Trusted: yes' >> {SOURCE}; cp {SOURCE} /etc/apt/sources.list.d/second.sources")
    assert apply_well(lab, mended) == [
        "Remove other entries for Docker's repository",
        "Add Docker's repository",
        "Remember what was declared",
    ]
    assert mended.ssh(f"cat {SOURCE}; ls /etc/apt/sources.list.d").stdout == f"{before}docker.sources\n"


@pytest.mark.slow  # that such a file goes is tried on a host with Docker too: test_apply.py
def test_a_bare_host_with_a_list_file_of_older_articles_gets_docker(lab: Lab, fresh: LabHost) -> None:
    entry = "deb [signed-by=/usr/share/keyrings/none.gpg] https://download.docker.com/linux/debian trixie stable"
    fresh.ssh(f"echo '{entry}' > /etc/apt/sources.list.d/docker.list")
    assert "Install Docker's packages" in apply_well(lab, fresh)
    assert fresh.ssh("cat /var/lib/gpufleet/backup/docker.list").stdout == f"{entry}\n"


def test_a_missing_package_leaves_the_others_at_their_version_and_containers_running(
    lab: Lab, converged: LabHost
) -> None:
    older = converged.ssh("apt-cache madison docker-ce | cut -d'|' -f2 | tr -d ' ' | sed -n 2p").stdout.strip()
    converged.ssh(f"apt-get -qy --allow-downgrades install docker-ce={older}; apt-get -qy remove docker-buildx-plugin")
    converged.ssh(f"""echo '{{"live-restore": false}}' > /etc/docker/daemon.json; {RESTART}""")
    state = "docker inspect -f '{{.State.Pid}} {{.State.Running}}' mine"
    before = converged.ssh(f"docker run -d --name mine debian:trixie-slim sleep 1000 >&2; {state}").stdout
    apply_well(lab, converged)
    version = converged.ssh("dpkg-query -W -f '${Version}' docker-ce").stdout
    assert (version, converged.ssh(state).stdout) == (older, before)
    apply_well(lab, converged, docker_engine_version="5:26.1.5-2~debian.13~trixie")
    assert converged.ssh("dpkg-query -W -f '${Version}' docker-ce").stdout == "5:26.1.5-2~debian.13~trixie"
    assert converged.ssh(state).stdout == before


def test_what_stands_in_the_way_is_refused_before_anything_is_installed(lab: Lab, fresh: LabHost) -> None:
    fresh.ssh("""mkdir /etc/docker; echo '{"debug": true,}' > /etc/docker/daemon.json""")
    done = apply(lab, fresh)
    assert done.status == 1
    assert "line 1" in done.output
    assert fresh.ssh("ls -A /var/lib/gpufleet /etc/apt/keyrings/* /usr/bin/dockerd", check=False).stdout == ""


def test_a_docker_of_the_distribution_is_kept_and_configured(lab: Lab, fresh: LabHost) -> None:
    fresh.ssh(f"{APT_INSTALL} docker.io docker-cli docker-buildx iptables")
    assert "Install Docker's packages" not in apply_well(lab, fresh)
    assert fresh.ssh("docker info --format '{{.LiveRestoreEnabled}}'").stdout == "true\n"
    assert fresh.ssh(INSTALLED).stdout.split("\n")[:1] == ["containerd installed"]
    assert apply_well(lab, fresh) == []


def test_replacing_the_distributions_docker_takes_consent_and_no_running_container(lab: Lab, fresh: LabHost) -> None:
    fresh.ssh(f"{APT_INSTALL} docker.io docker-cli docker-buildx ca-certificates")
    done = apply(lab, fresh, docker_engine_source="docker")
    assert done.status == 1
    assert "docker_engine_replace: true" in done.output
    assert "docker.io installed" in fresh.ssh(INSTALLED).stdout
    fresh.ssh("docker run -d --name mine debian:trixie-slim sleep 1000")
    done = apply(lab, fresh, docker_engine_source="docker", docker_engine_replace=True)
    assert done.status == 1
    assert "1 containers are running" in done.output
    fresh.ssh("docker stop -t 1 mine")
    apply_well(lab, fresh, docker_engine_source="docker", docker_engine_replace=True)
    assert "docker-ce installed" in fresh.ssh(INSTALLED).stdout
    assert fresh.ssh("docker ps -a --format '{{.Names}}'").stdout == "mine\n"
    assert apply_well(lab, fresh, docker_engine_source="docker", docker_engine_replace=True) == []


def test_debian_12s_own_docker_is_too_old_and_refused_before_anything_changes(lab: Lab) -> None:
    host = lab.host("debian12")
    try:
        done = apply(lab, host, docker_engine_source="distribution")
        assert done.status == 1
        assert "the distribution offers docker.io 20.10" in done.output
        assert host.ssh("ls /usr/sbin/dockerd /etc/docker /var/lib/gpufleet", check=False).stdout == ""
    finally:
        host.destroy()


def test_a_declared_certificate_authority_is_trusted_and_gone_when_no_longer_declared(
    lab: Lab, converged: LabHost, tmp_path: Path
) -> None:
    authority = tmp_path / "company.pem"
    authority.write_bytes(lab.mirror.ca_certificate.read_bytes())
    link = "readlink -f /etc/ssl/certs/managed-by-gpufleet-company.pem"
    declared = {"docker_engine_certificate_authorities": [str(authority)]}
    before = converged.ssh("cat /run/docker.pid").stdout
    apply_well(lab, converged, **declared)
    assert converged.ssh("cat /run/docker.pid").stdout != before, "dockerd reads authorities once, at its start"
    assert converged.ssh(link).stdout == "/usr/local/share/ca-certificates/managed-by-gpufleet-company.crt\n"
    assert apply_well(lab, converged, **declared) == []
    apply_well(lab, converged)
    assert converged.ssh("ls /etc/ssl/certs/managed-by-gpufleet-company.pem", check=False).stdout == ""

"""Hosts that older articles have set up: nvidia-docker2, apt-key, list files, a default runtime, a static CDI file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from pysequoia import Cert

from gpufleet.apt.openpgp import binary
from tests.integration.checked import removed
from tests.integration.daemon import RESTART
from tests.integration.existing import APT_INSTALL, DEBIANS_DOCKER, RUN, Existing
from tests.lab import container as containers
from tests.lab.mirror import former

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.host import LabHost
    from tests.lab.lab import Lab

LISTS = "/etc/apt/sources.list.d"
TRUSTED = "/etc/apt/trusted.gpg"
REPOSITORY = "https://nvidia.github.io/libnvidia-container/stable/deb"
WORKING = f"deb {REPOSITORY}/$(ARCH) /"
OLD_LISTS = {
    "nvidia-docker.list": "deb https://nvidia.github.io/nvidia-docker/ubuntu18.04/$(ARCH) /",
    "libnvidia-container.list": "deb https://nvidia.github.io/libnvidia-container/stable/ubuntu18.04/$(ARCH) /",
    "nvidia-container-runtime.list": "deb https://nvidia.github.io/nvidia-container-runtime/stable/ubuntu18.04/amd64 /",
}
TOOLKIT = (
    "libnvidia-container1",
    "libnvidia-container-tools",
    "nvidia-container-toolkit-base",
    "nvidia-container-toolkit",
)
THEIRS = r"""{
  "default-runtime": "nvidia",
  "default-shm-size": "12345678",
    "labels": ["rack=<7>&caf\u00e9"], "max-concurrent-downloads":2,
  "log-opts": { "max-size":"10m" },
  "runtimes": {
    "nvidia": { "path": "nvidia-container-runtime", "runtimeArgs": [] },
    "mine": {"path": "/usr/sbin/runc"}
  }
}
"""
KEYS = (
    '"default-runtime": "nvidia"',
    '"default-shm-size": "12345678"',
    r'"labels": ["rack=<7>&caf\u00e9"]',
    '"max-concurrent-downloads":2',
    '"log-opts": { "max-size":"10m" }',
    '"nvidia": { "path": "nvidia-container-runtime", "runtimeArgs": [] }',
    '"mine": {"path": "/usr/sbin/runc"}',
)
"""Blanks between them are nobody's."""


@pytest.fixture
def existing(lab: Lab, gpu_fresh: LabHost) -> Existing:
    """A host with a GPU and the distribution's Docker."""
    gpu_fresh.ssh(DEBIANS_DOCKER)
    return Existing(lab, gpu_fresh)


def old_keys(existing: Existing) -> None:
    """What `curl … | apt-key add -` has left, a key of somebody else's in the same file, and a file of its own."""
    mirror, disk = existing.lab.mirror, existing.host.container
    nvidias = binary(mirror.published("nvidia.github.io/libnvidia-container/gpgkey"))
    containers.put_file(disk, TRUSTED, nvidias + binary(mirror.key("other")))
    containers.put_file(disk, f"{TRUSTED}.d/nvidia-docker.gpg", nvidias)


def trusted(existing: Existing) -> list[str]:
    """Fingerprints of the keys in the file that apt-key wrote."""
    text = existing.host.ssh(f"base64 {TRUSTED}").stdout
    return [str(key.fingerprint).upper() for key in Cert.split_bytes(base64.b64decode(text))]


def toolkit_of_last_year(existing: Existing) -> None:
    """NVIDIA's repository without a keyring of its own, and the four packages out of it."""
    existing.host.ssh(f"echo '{WORKING}' >{LISTS}/nvidia-container-toolkit.list")
    existing.host.ssh(f"{APT_INSTALL} {' '.join(f'{name}=1.19.1-1' for name in TOOLKIT)}")


def lacking(existing: Existing) -> list[str]:
    """The keys of theirs that daemon.json no longer has letter by letter."""
    there = "".join(existing.daemon_json.split())
    return [key for key in KEYS if "".join(key.split()) not in there]


def theirs(existing: Existing, text: str = THEIRS) -> str:
    """Give the host this daemon.json and a container that runs by it; returns what identifies that."""
    existing.host.ssh("cat >/etc/docker/daemon.json; chmod 640 /etc/docker/daemon.json", stdin=text)
    existing.host.ssh(f"{RESTART}; {RUN} >/dev/null")
    return existing.container


def test_a_server_of_the_nvidia_docker2_articles_keeps_its_keys_and_its_containers(
    existing: Existing, tmp_path: Path
) -> None:
    host = existing.host
    old_keys(existing)
    toolkit_of_last_year(existing)
    existing.install(former.OF_2023, tmp_path)
    alive = theirs(existing)
    host.ssh("mkdir -p /etc/cdi; nvidia-ctk cdi generate | sed s/580.159.04/470.256.02/ >/etc/cdi/nvidia.yaml")
    for name, line in OLD_LISTS.items():
        host.ssh(f"echo '{line}' >{LISTS}/{name}")
    assert host.ssh("apt-get -q update -o APT::Update::Error-Mode=any", check=False).returncode

    done = existing.converge()
    assert existing.container == alive
    assert lacking(existing) == []
    assert (
        host.ssh("stat -c %a /etc/docker/daemon.json; docker info -f '{{.DefaultRuntime}}'").stdout == "640\nnvidia\n"
    )
    assert not any(word in existing.packages for word in ("nvidia-docker2", "nvidia-container-runtime")), done.words
    assert host.ssh(f"ls {LISTS} {TRUSTED}.d | grep -v debian-archive; ls /etc/cdi").stdout.split() == [
        f"{LISTS}:",
        "nvidia-container-toolkit.sources",
        f"{TRUSTED}.d:",
    ]
    assert trusted(existing) == [existing.lab.mirror.other_fingerprint]
    backup = host.ssh("ls /var/lib/gpufleet/backup").stdout.split()
    assert {*OLD_LISTS, "trusted.gpg", "nvidia-docker.gpg", "nvidia.yaml"} <= set(backup)
    uuid = host.ssh("nvidia-smi -L").stdout
    assert host.ssh("docker run --rm -e NVIDIA_VISIBLE_DEVICES=all debian:trixie-slim nvidia-smi -L").stdout == uuid
    before = existing.daemon_json
    host.ssh("apt-get -qy purge '?config-files'")
    assert existing.daemon_json == before


@pytest.mark.slow
def test_the_packages_of_2020_are_replaced_in_one_go_below_a_container_that_they_started(
    existing: Existing, tmp_path: Path
) -> None:
    existing.install(former.OF_2020, tmp_path)
    alive = theirs(existing)
    existing.converge()
    assert existing.container == alive
    assert existing.host.ssh("docker exec mine echo inside").stdout == "inside\n"
    assert lacking(existing) == []
    assert "nvidia-docker2" not in existing.packages
    existing.host.ssh("docker restart -t 0 mine")


@pytest.mark.slow
def test_a_host_that_purges_by_default_and_one_that_holds_the_package_keep_daemon_json(
    existing: Existing, tmp_path: Path
) -> None:
    toolkit = existing.host
    old_keys(existing)
    toolkit_of_last_year(existing)
    existing.install(former.OF_2023, tmp_path)
    alive = theirs(existing)
    toolkit.ssh("echo 'APT::Get::Purge \"true\";' >/etc/apt/apt.conf.d/99purge; apt-mark hold nvidia-docker2")
    existing.converge()
    assert existing.container == alive
    assert lacking(existing) == []


@pytest.mark.slow
def test_a_package_that_was_removed_already_no_longer_takes_daemon_json_along(
    existing: Existing, tmp_path: Path
) -> None:
    host = existing.host
    existing.install(former.OF_2020, tmp_path)
    alive = theirs(existing)
    host.ssh("apt-get -qy remove nvidia-docker2")
    assert "rc  nvidia-docker2" in existing.packages
    existing.converge()
    assert "nvidia-docker2" not in existing.packages
    assert host.ssh("dpkg-divert --list '*daemon.json*'").stdout == ""
    assert lacking(existing) == []
    assert existing.container == alive


@pytest.mark.slow
def test_what_another_package_needs_stays_and_a_key_that_signs_another_repository_too(
    existing: Existing, tmp_path: Path
) -> None:
    host = existing.host
    old_keys(existing)
    toolkit_of_last_year(existing)
    needs = former.Former("our-gpu-node", "1.0", {"Depends": "nvidia-docker2"})
    existing.install((*former.OF_2023, needs), tmp_path)
    host.ssh(
        "cd /var/lib/apt/lists; for file in nvidia.github.io*InRelease; do cp $file apt.example.org_${file#*_}; done"
    )
    host.ssh("mkdir /root/lists; cp /var/lib/apt/lists/apt.example.org_* /root/lists")
    keep = 'APT::Update::Post-Invoke { "cp /root/lists/* /var/lib/apt/lists/"; };'
    host.ssh("cat >/etc/apt/apt.conf.d/99lists", stdin=keep)  # as if it were one of its sources
    done = existing.converge()
    assert "nvidia-docker2 2.13.0-1" in existing.packages
    assert "Packages of NVIDIA's former Docker that stay, since others need them: nvidia-docker2." in done.output
    assert trusted(existing) == [existing.lab.mirror.nvidia_fingerprint, existing.lab.mirror.other_fingerprint]


@pytest.mark.slow
def test_a_default_runtime_that_nothing_defines_is_refused_and_the_way_out_works(existing: Existing) -> None:
    host = existing.host
    broken = '{"default-runtime": "nvidia", "debug": false}\n'
    host.ssh("cat >/etc/docker/daemon.json; systemctl restart docker || true", stdin=broken)
    existing.refused("Take default-runtime out of the file")
    assert existing.daemon_json == broken
    host.ssh("echo '{\"debug\": false}' >/etc/docker/daemon.json")
    existing.converge(nvidia_container_toolkit_default_runtime=True)
    assert host.ssh("docker info -f '{{.DefaultRuntime}}'").stdout == "nvidia\n"


@pytest.mark.slow
def test_a_default_runtime_whose_program_is_gone_gets_it_back(existing: Existing) -> None:
    old_keys(existing)
    toolkit_of_last_year(existing)
    alive = theirs(existing)
    existing.host.ssh(f"apt-get -qy remove {' '.join(TOOLKIT)}")
    existing.converge()
    assert existing.container == alive
    assert lacking(existing) == []


@pytest.mark.slow
def test_a_removal_puts_keyrings_and_list_files_back_as_they_were(existing: Existing, tmp_path: Path) -> None:
    host = existing.host
    old_keys(existing)
    toolkit_of_last_year(existing)
    existing.install(former.OF_2023, tmp_path)
    theirs(existing)
    shown = f"sha256sum {TRUSTED} {TRUSTED}.d/* {LISTS}/* /etc/docker/daemon.json; dpkg-divert --list '*daemon*'"
    before = host.ssh(shown).stdout
    existing.converge()
    assert host.ssh(shown, check=False).stdout != before
    host.ssh("docker rm -f mine")
    done = removed(existing.lab.inventory([host]))
    assert done.status == 0, done.words
    assert host.ssh(shown).stdout == before
    host.ssh("apt-get -q update -o APT::Update::Error-Mode=any")
